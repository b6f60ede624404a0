// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.core.tamper.Injection;
import io.github.jstrace.linux.Ptrace;
import io.github.jstrace.tables.Abi;
import org.junit.jupiter.api.Test;

/**
 * Injections in the state machine, without a kernel; that they work is for the differential tests.
 */
class TamperingTest {
  private static final int GETPID = 39;
  private static final int CHDIR = 80;
  private static final int CALL_STOP = 0x857f;
  private static final int KILLED = 9;

  private final FakeKernel kernel = new FakeKernel();
  private final Recorder recorder = new Recorder();
  private final TraceeTable table = new TraceeTable();

  private StopHandler machine(Injection... injections) {
    StopHandler stops = new StopHandler(table, kernel, recorder, Abi.X86_64, Abi.I386, 59);
    stops.setTampering(new Tampering(injections, kernel, recorder));
    return stops;
  }

  private void enter(StopHandler stops, int tid, int number) {
    kernel.entry = true;
    kernel.number = number;
    stops.handle(tid, CALL_STOP, 0);
  }

  private void leave(StopHandler stops, int tid, long result) {
    kernel.entry = false;
    kernel.result = result;
    stops.handle(tid, CALL_STOP, 0);
  }

  private static Injection onGetpid() throws Exception {
    return new Injection(SyscallFilter.parse("getpid", Abi.X86_64));
  }

  @Test
  void replacesCallAndResult() throws Exception {
    StopHandler stops = machine(onGetpid().setError(5));
    stops.addGrabbed(7, 7);
    enter(stops, 7, GETPID);
    assertEquals("call -1 7, resume 7", kernel.taken());
    leave(stops, 7, -38);
    assertEquals("result -5 7, resume 7", kernel.taken());
    enter(stops, 7, GETPID + 1);
    assertEquals("resume 7", kernel.taken());
  }

  @Test
  void marksAlsoWhatCouldBeWrittenInPart() throws Exception {
    Injection injection =
        new Injection(SyscallFilter.parse("chdir", Abi.X86_64))
            .setPokesAtEnter(new Injection.Poke(0, new byte[4]));
    StopHandler stops = machine(injection);
    stops.addGrabbed(7, 7);
    for (long address : new long[] {0, FakeKernel.LAST_BYTE, 8}) {
      kernel.firstArgument = address;
      enter(stops, 7, CHDIR);
      TraceeState state = table.get(7);
      assertNotNull(state);
      assertEquals(address == 0 ? 0 : Tracee.TAMPERED_ARGUMENTS, state.tracee.tampering());
      leave(stops, 7, 0);
    }
  }

  @Test
  void countsEachThreadByItself() throws Exception {
    StopHandler stops = machine(onGetpid().setSignal(10).setInvocations(2, 2, 1));
    stops.addGrabbed(7, 7);
    stops.addGrabbed(8, 7);
    for (int tid = 7; tid <= 8; tid++) {
      enter(stops, tid, GETPID);
      leave(stops, tid, 1);
      enter(stops, tid, GETPID);
      leave(stops, tid, 1);
      assertEquals(
          ("resume TID, resume TID, resume with 10 TID, resume TID").replace("TID", "" + tid),
          kernel.taken());
    }
  }

  @Test
  void theLastOfSeveralCounts() throws Exception {
    StopHandler stops = machine(onGetpid().setError(5), onGetpid().setResult(3));
    stops.addGrabbed(7, 7);
    enter(stops, 7, GETPID);
    leave(stops, 7, -38);
    assertEquals("call -1 7, resume 7, result 3 7, resume 7", kernel.taken());
  }

  @Test
  void keepsADelayedThreadUntilItIsReleased() throws Exception {
    StopHandler stops = machine(onGetpid().setDelayAtEnter(1000).setSignal(10));
    stops.addGrabbed(7, 7);
    stops.addGrabbed(8, 7);
    enter(stops, 7, GETPID);
    enter(stops, 8, GETPID + 1);
    stops.releaseDelayed(false);
    assertEquals("resume 8", kernel.taken());
    stops.releaseDelayed(true);
    assertEquals("resume with 10 7", kernel.taken());
    stops.releaseDelayed(true);
    assertEquals("", kernel.taken());
  }

  @Test
  void aDelayedThreadThatDiesIsNotResumed() throws Exception {
    StopHandler stops = machine(onGetpid().setDelayAtEnter(1000));
    stops.addGrabbed(7, 7);
    enter(stops, 7, GETPID);
    stops.handle(7, KILLED, 0);
    stops.releaseDelayed(true);
    assertEquals("", kernel.taken());
  }

  @Test
  void aDelayedThreadThatBeginsToEndIsResumedOnce() throws Exception {
    StopHandler stops = machine(onGetpid().setDelayAtEnter(1000));
    stops.addGrabbed(7, 7);
    enter(stops, 7, GETPID);
    stops.handle(7, 0x057f | Ptrace.EVENT_EXIT << 16, 0);
    stops.releaseDelayed(true);
    assertEquals("resume 7", kernel.taken());
  }
}
