// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.tables.Abi;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The state machine with a seccomp filter in the tracees; no kernel takes part. */
class FilteredStopsTest {
  private static final int SYSCALL = stop(5 | 0x80);
  private static final int TRAP = stop(5) | 128 << 16;
  private static final int FORK = stop(5) | 1 << 16;
  private static final int EXEC = stop(5) | 4 << 16;
  private static final int SECCOMP = stop(5) | 7 << 16;
  private static final int EXECVE = 59;
  private static final int SECCOMP_CALL = 317;
  private static final int OPTIONS = 0x59;

  private final FakeKernel kernel = new FakeKernel();
  private final Recorder recorder = new Recorder();
  private final TraceeTable table = new TraceeTable();
  private final StopHandler machine =
      new StopHandler(table, kernel, recorder, Abi.X86_64, Abi.I386, EXECVE);

  private static int stop(int signal) {
    return signal << 8 | 0x7f;
  }

  private String at(int tid, int status, boolean entry, boolean seccomp, int number) {
    kernel.entry = entry;
    kernel.seccomp = seccomp;
    kernel.number = number;
    machine.handle(tid, status, 0);
    return kernel.taken();
  }

  private String enter(int tid, int number) {
    return at(tid, SYSCALL, true, false, number);
  }

  private String told(int tid, int number) {
    return at(tid, SECCOMP, false, true, number);
  }

  private String exit(int tid, long result) {
    kernel.result = result;
    kernel.error = result < 0;
    return at(tid, SYSCALL, false, false, 0);
  }

  private String other(int tid, int status) {
    machine.handle(tid, status, 0);
    return kernel.taken();
  }

  private String events() {
    String all = String.join(", ", recorder.lines);
    recorder.lines.clear();
    assertEquals(List.of(), recorder.faults);
    return all;
  }

  /** Up to the execve of the command. */
  private void launch(long installed) {
    machine.pushDown().plan(OPTIONS);
    machine.addLaunched(10);
    assertEquals("resume 10", other(10, TRAP));
    assertEquals("resume 10", enter(10, 0));
    assertEquals("resume 10", exit(10, 1));
    assertEquals("resume 10", enter(10, SECCOMP_CALL));
    String after = exit(10, installed);
    assertEquals(installed < 0 ? "options 89 10, resume 10" : "resume 10", after);
    assertEquals("resume 10", enter(10, EXECVE));
    assertEquals("resume 10", told(10, EXECVE));
    assertEquals("attached 10 by 0 in 10, enter 10 59", events());
    kernel.messages.put(10, 10L);
    assertEquals("resume 10", other(10, EXEC));
  }

  private void launched() {
    launch(0);
    assertEquals("cont 10", exit(10, 0));
    assertEquals("exit 10 59 = 0 errno 0", events());
  }

  @Test
  void stopsAtWhatIsToldOnly() {
    launched();
    assertEquals("resume 10", told(10, 257));
    assertEquals("cont 10", exit(10, 3));
    assertEquals("enter 10 257, exit 10 257 = 3 errno 0", events());
    assertEquals("cont with 10 10", other(10, stop(10)));
  }

  @Test
  void refusedFilterMeansAllStops() {
    launch(-13);
    assertEquals("resume 10", exit(10, 0));
    assertEquals("resume 10", enter(10, 1));
    assertEquals("resume 10", exit(10, 1));
  }

  @Test
  void failedExecveStaysHidden() {
    machine.pushDown().plan(OPTIONS);
    machine.addLaunched(10);
    enter(10, SECCOMP_CALL);
    exit(10, 0);
    enter(10, EXECVE);
    assertEquals("resume 10", exit(10, -2));
    events();
    assertEquals("resume 10", enter(10, 1));
    assertEquals("resume 10", told(10, 1));
    assertEquals("resume 10", exit(10, 1));
    assertEquals("", events());
  }

  @Test
  void childrenAreFilteredToo() {
    launched();
    kernel.messages.put(10, 11L);
    assertEquals("cont 10", other(10, FORK));
    assertEquals("cont 11", other(11, TRAP));
    assertEquals("resume 11", told(11, 257));
    assertEquals("cont 11", exit(11, 3));
  }

  @Test
  void eventsInsideACallKeepItsExit() {
    launched();
    told(10, 57);
    kernel.messages.put(10, 11L);
    assertEquals("resume 10", other(10, FORK));
    assertEquals("cont 10", exit(10, 11));
  }

  @Test
  void aFilterOfItsOwnMeansAllStops() {
    launched();
    kernel.firstArgument = 22;
    assertEquals("resume 10", told(10, 157));
    assertEquals("resume 10", exit(10, 0));
    assertEquals("resume 10", enter(10, 257));
    assertEquals("resume 10", told(10, 257));
    assertEquals("resume 10", exit(10, 3));
    events();
    kernel.messages.put(10, 11L);
    other(10, FORK);
    assertEquals("resume 11", other(11, TRAP));
  }

  @Test
  void otherOptionsOfPrctlDoNot() {
    launched();
    kernel.firstArgument = 15;
    assertEquals("resume 10", told(10, 157));
    assertEquals("cont 10", exit(10, 0));
  }

  @Test
  void aFilterForAllThreadsInterruptsThem() {
    launched();
    kernel.messages.put(10, 11L);
    kernel.tgids.put(11, 10);
    assertEquals("cont 10", other(10, stop(5) | 3 << 16));
    assertEquals("cont 11", other(11, TRAP));
    kernel.firstArgument = 1;
    // argument 1, the flags, is 1 as well
    assertEquals("interrupt 11, resume 10", told(10, SECCOMP_CALL));
    assertEquals("resume 11", other(11, TRAP));
  }

  @Test
  void newbornOfUnknownParentStopsAlwaysUntilItIsTold() {
    launched();
    kernel.ppids.put(12, 10);
    other(12, TRAP);
    kernel.messages.put(10, 11L);
    other(10, FORK);
    other(11, TRAP);
    kernel.taken();
    // the end of any thread lets it in
    assertEquals("resume 12", other(11, 0));
    kernel.messages.put(10, 12L);
    assertEquals("cont 10", other(10, FORK));
    told(12, 257);
    assertEquals("cont 12", exit(12, 3));
  }

  private static final int CLONE = stop(5) | 3 << 16;

  private void launchedAlone() {
    machine.setSilentChildren(true);
    launched();
    kernel.messages.put(10, 11L);
  }

  @Test
  void unfollowedChildIsLetGoOfAtItsFirstStop() {
    launchedAlone();
    assertEquals("cont 10", other(10, FORK));
    assertEquals("release 11", other(11, TRAP));
    assertEquals("", events());
    assertEquals(1, table.size());
    assertEquals("", other(10, 0));
    assertTrue(machine.isDone());
  }

  @Test
  void unfollowedChildSeenBeforeItsParentsEvent() {
    launchedAlone();
    assertEquals("", other(11, TRAP));
    assertEquals("release 11, cont 10", other(10, FORK));
  }

  @Test
  void whoCannotBeLetGoOfIsFollowedInSilence() {
    launchedAlone();
    kernel.releaseResult = -13;
    other(10, FORK);
    assertEquals("release 11, cont 11", other(11, TRAP));
    assertEquals("resume 11", told(11, 257));
    assertEquals("cont 11", exit(11, 3));
    assertEquals("cont with 15 11", other(11, stop(15)));
    assertEquals("", events());
    other(10, 0);
    assertTrue(machine.isDone());
    assertEquals(1, table.size());
  }

  @Test
  void oneThatDiesMeanwhileIsForgotten() {
    launchedAlone();
    kernel.releaseResult = -3;
    other(10, FORK);
    assertEquals("release 11", other(11, TRAP));
    assertEquals(1, table.size());
    assertEquals("", events());
  }

  @Test
  void threadsOfTheTracedProcessAreFollowedInSilence() {
    launchedAlone();
    kernel.tgids.put(11, 10);
    other(10, CLONE);
    assertEquals("cont 11", other(11, TRAP));
    assertEquals("", events());
  }

  @Test
  void childrenOfAThreadWithAFilterOfItsOwnAreNotMadeToMakeCalls() {
    launchedAlone();
    kernel.firstArgument = 22;
    told(10, 157);
    exit(10, 0);
    events();
    assertEquals("resume 10", other(10, FORK));
    assertEquals("resume 11", other(11, TRAP));
    assertEquals("", events());
  }

  @Test
  void execOfASilentThreadLeavesTheEndToTell() {
    launchedAlone();
    kernel.tgids.put(11, 10);
    other(10, CLONE);
    other(11, TRAP);
    kernel.messages.put(10, 11L);
    other(10, EXEC);
    told(10, 257);
    exit(10, 3);
    assertEquals("", events());
    assertFalse(machine.isDone());
    other(10, 33 << 8);
    assertEquals("exited 10 33", events());
    assertTrue(machine.isDone());
  }
}
