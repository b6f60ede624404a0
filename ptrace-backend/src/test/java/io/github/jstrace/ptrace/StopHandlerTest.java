// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.ExitResult;
import io.github.jstrace.tables.Abi;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The state machine against the sequences that ptrace(2) describes; no kernel takes part. */
class StopHandlerTest {
  private static final int SYSCALL = stop(5 | 0x80);
  private static final int TRAP = stop(5) | 128 << 16;
  private static final int FORK = stop(5) | 1 << 16;
  private static final int CLONE = stop(5) | 3 << 16;
  private static final int EXEC = stop(5) | 4 << 16;
  private static final int EXECVE = 59;

  private final FakeKernel kernel = new FakeKernel();
  private final Recorder recorder = new Recorder();
  private final TraceeTable table = new TraceeTable();
  private final StopHandler machine =
      new StopHandler(table, kernel, recorder, Abi.X86_64, Abi.I386, EXECVE);

  private static int stop(int signal) {
    return signal << 8 | 0x7f;
  }

  private void enter(int tid, int number) {
    kernel.entry = true;
    kernel.number = number;
    machine.handle(tid, SYSCALL, 0);
  }

  private void exit(int tid, long result) {
    kernel.entry = false;
    kernel.result = result;
    kernel.error = result < 0;
    machine.handle(tid, SYSCALL, 0);
  }

  private String events() {
    String all = String.join(", ", recorder.lines);
    recorder.lines.clear();
    assertEquals(List.of(), recorder.faults);
    return all;
  }

  /** A thread attached to, past its first stop. */
  private void traced(int tid) {
    machine.addGrabbed(tid, tid);
    machine.handle(tid, TRAP, 0);
    kernel.taken();
    recorder.lines.clear();
  }

  private TraceeState state(int tid) {
    TraceeState state = table.get(tid);
    assertNotNull(state);
    return state;
  }

  @Test
  void launchedCommandIsHiddenUntilItsExecve() {
    machine.addLaunched(10);
    machine.handle(10, TRAP, 0);
    enter(10, 0);
    exit(10, 1);
    machine.handle(10, stop(17), 0);
    assertEquals("attached 10 by 0 in 10", events());
    enter(10, EXECVE);
    kernel.messages.put(10, 10L);
    machine.handle(10, EXEC, 0);
    exit(10, 0);
    assertEquals("enter 10 59, exit 10 59 = 0 errno 0", events());
    enter(10, 0);
    assertEquals("enter 10 0", events());
  }

  @Test
  void failedExecveIsShownAndWhatFollowsIsNot() {
    machine.addLaunched(10);
    enter(10, EXECVE);
    exit(10, -8);
    enter(10, 1);
    exit(10, 4);
    enter(10, 231);
    machine.handle(10, 1 << 8, 0);
    assertEquals(
        "attached 10 by 0 in 10, enter 10 59, exit 10 59 = -8 errno 8, exited 10 1", events());
    assertEquals(new ExitResult(1, 0, false), machine.exitResult());
    assertTrue(table.isEmpty());
  }

  @Test
  void execveOfTheLaunchingProgramItselfIsNotTheCommands() {
    machine.setDetachOnExec(true);
    machine.addLaunched(10);
    kernel.messages.put(10, 10L);
    machine.handle(10, EXEC, 0);
    enter(10, EXECVE);
    exit(10, -8);
    events();
    enter(10, 1);
    assertEquals("", events());
    assertEquals("resume 10, resume 10, resume 10, resume 10", kernel.taken());
  }

  @Test
  void laterFailedExecveHidesNothing() {
    machine.addLaunched(10);
    enter(10, EXECVE);
    kernel.messages.put(10, 10L);
    machine.handle(10, EXEC, 0);
    exit(10, 0);
    enter(10, EXECVE);
    exit(10, -2);
    events();
    enter(10, 1);
    assertEquals("enter 10 1", events());
  }

  @Test
  void childStopAfterParentsEvent() {
    traced(10);
    kernel.messages.put(10, 11L);
    machine.handle(10, FORK, 0);
    assertEquals("resume 10", kernel.taken());
    machine.handle(11, TRAP, 0);
    assertEquals("resume 11", kernel.taken());
    assertEquals("attached 11 by 10 in 11", events());
  }

  @Test
  void childStopBeforeParentsEventWaitsForIt() {
    traced(10);
    machine.handle(11, TRAP, 0);
    assertEquals("", kernel.taken());
    kernel.messages.put(10, 11L);
    machine.handle(10, FORK, 0);
    assertEquals("resume 11, resume 10", kernel.taken());
    assertEquals("attached 11 by 10 in 11", events());
  }

  @Test
  void childThatDiedBeforeParentsEventIsReportedOnce() {
    traced(10);
    machine.handle(11, TRAP, 0);
    machine.handle(11, 9, 0);
    kernel.gone.add(11);
    kernel.messages.put(10, 11L);
    machine.handle(10, FORK, 0);
    assertEquals("attached 11 by 10 in 11, killed 11 9", events());
    assertNull(table.get(11));
  }

  @Test
  void deathOfAnotherWithTheSameNumberDoesNotCount() {
    traced(10);
    machine.handle(11, 0, 0); // an untraced child of ours
    kernel.messages.put(10, 11L);
    machine.handle(10, FORK, 0);
    assertEquals("attached 11 by 10 in 11", events());
    assertNotNull(table.get(11));
  }

  @Test
  void childOfAKilledParentIsNotHeldForever() {
    traced(10);
    kernel.ppids.put(11, 1);
    machine.handle(11, TRAP, 0);
    machine.handle(10, 9, 0);
    assertEquals("resume 11", kernel.taken());
    assertEquals("killed 10 9, attached 11 by 0 in 11", events());
  }

  @Test
  void childLetInEarlyIsNotLetInTwice() {
    traced(10);
    traced(20);
    kernel.ppids.put(11, 10);
    machine.handle(11, TRAP, 0);
    machine.handle(20, 0, 0);
    assertEquals("exited 20 0, attached 11 by 10 in 11", events());
    kernel.messages.put(10, 11L);
    machine.handle(10, FORK, 0);
    assertEquals("", events());
  }

  @Test
  void threadBelongsToItsGroup() {
    traced(10);
    kernel.tgids.put(11, 10);
    kernel.messages.put(10, 11L);
    machine.handle(10, CLONE, 0);
    assertEquals("attached 11 by 10 in 10", events());
  }

  @Test
  void execveByAThreadTakesTheLeadersPlace() {
    traced(10);
    kernel.tgids.put(11, 10);
    kernel.messages.put(10, 11L);
    machine.handle(10, CLONE, 0);
    enter(10, 34);
    enter(11, EXECVE);
    events();
    kernel.messages.put(10, 11L);
    machine.handle(10, EXEC, 0);
    exit(10, 0);
    assertEquals("superseded 10 by 11, exit 10 59 = 0 errno 0", events());
    assertNull(table.get(11));
    assertEquals(1, table.size());
  }

  @Test
  void execveByAThreadAttachedAloneIsFollowedToItsNewId() {
    machine.addGrabbed(11, 10);
    machine.handle(11, TRAP, 0);
    enter(11, EXECVE);
    kernel.messages.put(10, 11L);
    machine.handle(10, EXEC, 0);
    exit(10, 0);
    assertTrue(events().endsWith("superseded 10 by 11, exit 10 59 = 0 errno 0"));
    assertEquals(1, table.size());
  }

  @Test
  void detachesOnExecveButNotOnTheFirst() {
    machine.setDetachOnExec(true);
    machine.addLaunched(10);
    kernel.messages.put(10, 10L);
    enter(10, EXECVE);
    machine.handle(10, EXEC, 0);
    exit(10, 0);
    assertFalse(table.isEmpty());
    enter(10, EXECVE);
    events();
    kernel.taken();
    machine.handle(10, EXEC, 0);
    assertEquals("detached 10 in 59", events());
    assertEquals("detach 10", kernel.taken());
    assertTrue(table.isEmpty());
  }

  @Test
  void signalsAreDeliveredAndSigtrapIsOne() {
    traced(10);
    machine.handle(10, stop(10), 0);
    machine.handle(10, stop(5), 0);
    assertEquals("resume with 10 10, resume with 5 10", kernel.taken());
    assertEquals("signal 10 10 info 128, signal 10 5 info 128", events());
  }

  @Test
  void groupStopIsKept() {
    traced(10);
    machine.handle(10, stop(19), 0);
    machine.handle(10, stop(19) | 128 << 16, 0);
    machine.handle(10, TRAP, 0);
    assertEquals("resume with 19 10, listen 10, resume 10", kernel.taken());
    assertEquals("signal 10 19 info 128, stopped 10 19", events());
  }

  @Test
  void callInterruptedByAttachingIsRemembered() {
    kernel.interruptedCall = 7;
    machine.addGrabbed(10, 10);
    machine.handle(10, TRAP, 0);
    kernel.entry = true;
    enter(10, 219);
    assertEquals(7, state(10).tracee.previousNumber());
  }

  @Test
  void exitWithoutEntryIsNotReported() {
    traced(10);
    exit(10, 0);
    assertEquals("", events());
    assertEquals("resume 10", kernel.taken());
  }

  @Test
  void callOfAnExitingThreadEndsBeforeTheThread() {
    traced(10);
    enter(10, 60);
    machine.handle(10, stop(5) | 6 << 16, 0);
    assertEquals("enter 10 60, exiting 10 in 60", events());
    machine.handle(10, 0, 0);
    assertEquals("exited 10 0", events());
  }

  @Test
  void killedAtAStopIsNoError() {
    traced(10);
    kernel.gone.add(10);
    machine.handle(10, SYSCALL, 0);
    assertEquals("", kernel.taken());
    machine.handle(10, 9, 0);
    assertEquals("killed 10 9", events());
  }

  @Test
  void unknownEventsGoOn() {
    traced(10);
    machine.handle(10, stop(5) | 7 << 16, 0);
    machine.handle(10, stop(5) | 5 << 16, 0);
    machine.handle(10, 0xffff, 0);
    assertEquals("resume 10, resume 10", kernel.taken());
    assertEquals("", events());
  }

  @Test
  void bothAbisOfAProcess() {
    traced(10);
    enter(10, 1);
    assertEquals(Abi.X86_64, state(10).tracee.abi());
    exit(10, 0);
    kernel.arch = 0x40000003;
    enter(10, 1);
    assertEquals(Abi.I386, state(10).tracee.abi());
  }

  @Test
  void oldKernelIsNoticed() {
    traced(10);
    kernel.fetchResult = -5;
    machine.handle(10, SYSCALL, 0);
    assertTrue(machine.kernelTooOld());
  }
}
