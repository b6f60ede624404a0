// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.core.decode.Subcalls;
import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.ebpf.vm.Machine;
import io.github.jstrace.ebpf.vm.Region;
import io.github.jstrace.ebpf.vm.Task;
import io.github.jstrace.linux.Arch;
import io.github.jstrace.linux.CallerState;
import io.github.jstrace.linux.LaunchSpec;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.SyscallTable;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** What the programs of a summary count, without privilege. */
class SummaryProgramTest {
  private static final int CALL = 5;
  private static final int ENOENT = 2;
  private static final int EBADF = 9;
  private static final int SIGTERM = 15;
  private static final int SIGKILL = 9;

  private final SummaryMachine.Settings settings = new SummaryMachine.Settings();

  private SummaryMachine machine() throws TraceException {
    return new SummaryMachine(settings);
  }

  private static long bit(int signal) {
    return 1L << signal - 1;
  }

  @Test
  void countsAndTimes() throws TraceException {
    SummaryMachine m = machine();
    Task task = m.traced(1000);
    m.call(task, CALL, 300, 0);
    m.call(task, CALL, 100, -ENOENT);
    m.call(task, CALL, 200, 12);
    m.call(task, CALL + 1, 7, -EBADF);
    int cell = m.cellOf(CALL, 0);
    Region numbers = m.cell(cell);
    assertNotNull(numbers);
    assertEquals(3, numbers.getLong(SummaryMaps.CALLS));
    assertEquals(1, numbers.getLong(SummaryMaps.ERRORS));
    for (int times : new int[] {SummaryMaps.WALL, SummaryMaps.CPU}) {
      assertEquals(600, numbers.getLong(times + SummaryMaps.TOTAL));
      assertEquals(100, ~numbers.getLong(times + SummaryMaps.SHORTEST));
      assertEquals(300, numbers.getLong(times + SummaryMaps.LONGEST));
    }
    assertEquals(1, m.errors(cell, ENOENT));
    assertEquals(0, m.errors(cell, EBADF));
    assertEquals(1, m.errors(m.cellOf(CALL + 1, 0), EBADF));
    assertEquals(0, m.control(Control.MISSED));
    assertEquals(0, m.control(Control.UNCOUNTED));
  }

  /** -4095 is the last error number; what is below is an address. */
  @Test
  void errorsEndWhereAddressesBegin() throws TraceException {
    SummaryMachine m = machine();
    Task task = m.traced(1000);
    m.call(task, CALL, 1, -4095);
    m.call(task, CALL, 1, -4096);
    m.call(task, CALL, 1, Long.MIN_VALUE);
    m.call(task, CALL, 1, Long.MAX_VALUE);
    assertEquals(4, m.sum(CALL, SummaryMaps.CALLS));
    assertEquals(1, m.sum(CALL, SummaryMaps.ERRORS));
    assertEquals(1, m.errors(m.cellOf(CALL, 0), 4095));
  }

  @Test
  void whoIsNotTracedLeavesNothing() throws TraceException {
    SummaryMachine m = machine();
    m.call(m.thread(1001, 1000, "other"), CALL, 100, -ENOENT);
    assertEquals(0, m.cellOf(CALL, 0));
    assertEquals(0, m.control(Control.CELLS));
  }

  @Test
  void everyCpuHasItsCells() throws TraceException {
    SummaryMachine m = machine();
    Task task = m.traced(1000);
    for (int cpu = 0; cpu < Machine.CPUS; cpu++) {
      m.machine.cpu = cpu;
      m.call(task, CALL, 10 * (cpu + 1), 0);
    }
    for (int cpu = 1; cpu < Machine.CPUS; cpu++) {
      assertNotEquals(m.cellOf(CALL, cpu - 1), m.cellOf(CALL, cpu));
    }
    assertEquals(Machine.CPUS, m.sum(CALL, SummaryMaps.CALLS));
    assertEquals(100, m.sum(CALL, SummaryMaps.WALL + SummaryMaps.TOTAL));
  }

  /** More CPUs than shards share them. */
  @Test
  void moreCpusThanShards() throws TraceException {
    settings.cpus = 2;
    SummaryMachine m = machine();
    assertEquals(2, m.maps.shards());
    m.machine.cpu = 3;
    m.call(m.traced(1000), CALL, 1, 0);
    assertNotEquals(0, m.cellOf(CALL, 1));
  }

  @Test
  void cpuTimeIsWithoutTheTimeAsleep() throws TraceException {
    SummaryMachine m = machine();
    Task task = m.traced(1000);
    Task idle = m.thread(2, 2, "idle");
    m.enter(task, CALL);
    m.machine.now += 10;
    m.taskSwitch(task, idle);
    m.machine.now += 1000;
    m.taskSwitch(idle, task);
    m.machine.now += 20;
    m.taskSwitch(task, idle);
    m.machine.now += 500;
    m.taskSwitch(idle, task);
    m.exit(task, 0);
    assertEquals(1530, m.sum(CALL, SummaryMaps.WALL + SummaryMaps.TOTAL));
    assertEquals(30, m.sum(CALL, SummaryMaps.CPU + SummaryMaps.TOTAL));
    // out of a call it is nobody's time
    m.taskSwitch(task, idle);
    m.machine.now += 1000;
    m.taskSwitch(idle, task);
    m.call(task, CALL, 5, 0);
    assertEquals(35, m.sum(CALL, SummaryMaps.CPU + SummaryMaps.TOTAL));
  }

  @Test
  void overheadIsTakenOffAndNeverMore() throws TraceException {
    settings.overhead = 50;
    settings.latency = true;
    SummaryMachine m = machine();
    Task task = m.traced(1000);
    m.call(task, CALL, 200, 0);
    m.call(task, CALL, 30, 0);
    assertEquals(150, m.sum(CALL, SummaryMaps.WALL + SummaryMaps.TOTAL));
    assertEquals(150, m.sum(CALL, SummaryMaps.CPU + SummaryMaps.TOTAL));
    assertEquals(1, m.sum(CALL, SummaryMaps.HISTOGRAM + 8 * LatencyBucketsTest.of(200)));
    assertEquals(1, m.sum(CALL, SummaryMaps.HISTOGRAM + 8 * LatencyBucketsTest.of(30)));
  }

  @Test
  void shortCallsAreLeftOut() throws TraceException {
    settings.options.setMinDuration(1_000_000_000_000L); // more than 32 bits
    SummaryMachine m = machine();
    Task task = m.traced(1000);
    m.call(task, CALL, 999_999_999_999L, 0);
    assertEquals(0, m.cellOf(CALL, 0));
    m.call(task, CALL, 1_000_000_000_000L, 0);
    assertEquals(1, m.sum(CALL, SummaryMaps.CALLS));
  }

  @Test
  void filterOfCalls() throws Exception {
    Abi abi = Abi.host();
    int openat = SyscallTable.byName("openat").get(0).number(abi);
    settings.options.setCalls(SyscallFilter.parse("openat", abi));
    SummaryMachine m = machine();
    Task task = m.traced(1000);
    m.call(task, openat, 1, 3);
    m.call(task, openat + 1, 1, 0);
    m.call(task, 1023, 1, 0);
    m.call(task, 5000, 1, 0);
    assertEquals(1, m.sum(openat, SummaryMaps.CALLS));
    assertEquals(0, m.cellOf(openat + 1, 0));
    assertEquals(1, m.control(Control.CELLS));
  }

  @Test
  void callsOfI386() throws TraceException {
    SummaryMachine m = machine();
    assumeTrue(m.layout.hasI386(), "x86");
    Task task = m.traced(1000);
    m.compat(task, true);
    m.call(task, CALL, 10, 0);
    m.compat(task, false);
    m.call(task, CALL, 20, 0);
    assertEquals(10, m.sum(Slots.NUMBERS + CALL, SummaryMaps.WALL));
    assertEquals(20, m.sum(CALL, SummaryMaps.WALL));
  }

  /** socketcall(2) and ipc(2) count as the call meant, if that can be seen. */
  @Test
  void callsWithinCalls() throws TraceException {
    SummaryMachine m = machine();
    assumeTrue(m.layout.hasI386(), "x86");
    Task task = m.traced(1000);
    m.compat(task, true);
    int sysBind = 2;
    Region words = m.machine.user().allocate("words", 64);
    long bind = Slots.NUMBERS + Subcalls.meant(Abi.I386, Abi.SOCKETCALL, sysBind).number(Abi.I386);
    m.enter(task, Abi.SOCKETCALL, sysBind, words.address());
    m.exit(task, -EBADF);
    // an address of 32 bits that nothing is at, as the machine's memory lies higher
    assertEquals(1, m.sum(Slots.NUMBERS + Abi.SOCKETCALL, SummaryMaps.ERRORS));
    Region low = m.machine.user().allocateAt("words", 0x10000, 64);
    m.enter(task, Abi.SOCKETCALL, sysBind, low.address());
    m.exit(task, -EBADF);
    assertEquals(1, m.sum((int) bind, SummaryMaps.ERRORS));
    m.enter(task, Abi.SOCKETCALL, 999, low.address());
    m.exit(task, -22);
    assertEquals(2, m.sum(Slots.NUMBERS + Abi.SOCKETCALL, SummaryMaps.ERRORS));
    int msgget = 13;
    int slot = Slots.NUMBERS + Subcalls.meant(Abi.I386, Abi.IPC, msgget).number(Abi.I386);
    m.enter(task, Abi.IPC, 1 << 16 | msgget, 0);
    m.exit(task, 0);
    assertEquals(1, m.sum(slot, SummaryMaps.CALLS));
  }

  @Test
  void oddNumbersHaveSlotsOfTheirOwn() throws TraceException {
    SummaryMachine m = machine();
    Task task = m.traced(1000);
    long[] numbers = {1024, 5000, 0x7ead1, -1, 0x40000001, 1024};
    for (long number : numbers) {
      m.call(task, number, 1, -38);
    }
    assertEquals(2, m.sum(Slots.FIRST_STRANGE, SummaryMaps.CALLS));
    for (int i = 1; i < 5; i++) {
      assertEquals(1, m.sum(Slots.FIRST_STRANGE + i, SummaryMaps.CALLS));
    }
    for (int i = 0; i < 300; i++) {
      m.call(task, 100_000 + i, 1, -38);
    }
    // those that are too many share the last
    assertEquals(300 - (Slots.STRANGE - 6), m.sum(Slots.COUNT - 1, SummaryMaps.CALLS));
  }

  @Test
  void forEachProcessAndThread() throws TraceException {
    for (SummaryMaps.By by : new SummaryMaps.By[] {SummaryMaps.By.PROCESS, SummaryMaps.By.THREAD}) {
      settings.by = by;
      SummaryMachine m = machine();
      Task leader = m.traced(1000);
      Task other = m.thread(1001, 1000, "worker");
      other.struct.putLong(m.layout.groupLeader(), leader.struct.address());
      m.mark(1001, Selection.TRACED);
      m.call(leader, CALL, 10, 0);
      m.call(other, CALL, 20, 0);
      m.call(other, CALL, 30, 0);
      boolean process = by == SummaryMaps.By.PROCESS;
      Region first = m.cell(m.cellOfTask(1000, CALL));
      assertNotNull(first);
      assertEquals(process ? 60 : 10, first.getLong(SummaryMaps.WALL));
      Region second = m.cell(m.cellOfTask(1001, CALL));
      assertEquals(process ? null : 50L, second == null ? null : second.getLong(SummaryMaps.WALL));
      assertEquals("traced", m.entry(1000, CALL).string(SummaryMaps.NAME));
      if (!process) {
        assertEquals("worker", m.entry(1001, CALL).string(SummaryMaps.NAME));
      }
    }
  }

  /** While one half of the cells is counted in, the other can be read and emptied. */
  @Test
  void halvesByTurns() throws TraceException {
    settings.by = SummaryMaps.By.PROCESS;
    settings.intervals = true;
    SummaryMachine m = machine();
    Task task = m.traced(1000);
    int most = m.maps.cellsAtATime();
    assertEquals(m.maps.cells().maxEntries(), 2 * most);
    m.call(task, CALL, 10, 0);
    m.setControl(Control.HALF, 1);
    m.call(task, CALL, 20, 0);
    m.call(task, CALL, 30, 0);
    int first = m.cellOfTask(1000, CALL);
    int second = m.cellOfTask(1000, 1 << SummaryMaps.HALF_SHIFT | CALL);
    assertEquals(1, first);
    assertEquals(most + 1, second);
    assertEquals(10, m.cell(first).getLong(SummaryMaps.WALL));
    assertEquals(50, m.cell(second).getLong(SummaryMaps.WALL));
    m.setControl(Control.CELLS + Control.NEXT_HALF, most - 2);
    m.call(task, CALL + 1, 40, 0);
    m.call(task, CALL + 2, 50, 0);
    assertEquals(
        2 * most - 1, m.cellOfTask(1000, 1 << SummaryMaps.HALF_SHIFT | CALL + 1), "the last");
    assertEquals(1, m.control(Control.UNCOUNTED));
    m.setControl(Control.HALF, 0);
    m.call(task, CALL + 2, 60, 0);
    assertEquals(2, m.cellOfTask(1000, CALL + 2));
  }

  @Test
  void whatHasNoCellIsSaid() throws TraceException {
    SummaryMachine m = machine();
    Task task = m.traced(1000);
    m.setControl(Control.CELLS, m.maps.cells().maxEntries() - 2);
    m.call(task, CALL, 1, 0);
    m.call(task, CALL + 1, 1, 0);
    m.call(task, CALL + 1, 1, 0);
    m.call(task, CALL, 1, 0);
    assertEquals(2, m.sum(CALL, SummaryMaps.CALLS));
    assertEquals(0, m.cellOf(CALL + 1, 0));
    assertEquals(2, m.control(Control.UNCOUNTED));
  }

  /** What a killed thread's call gives, it never sees; other deadly signals interrupt it. */
  @Test
  void exitsOfTheKilled() throws TraceException {
    SummaryMachine m = machine();
    Task task = m.traced(1000);
    Region signal = m.machine.kernel().allocate("signal_struct", 1024);
    task.struct.putLong(m.layout.signal(), signal.address());
    task.struct.putLong(m.layout.pendingSignals(), bit(SIGKILL));
    signal.putInt(m.layout.groupExitCode(), SIGKILL);
    m.call(task, CALL, 1, -4);
    signal.putInt(m.layout.groupExitCode(), 0); // exit_group by another thread
    m.call(task, CALL, 1, -4);
    assertEquals(0, m.cellOf(CALL, 0));
    signal.putInt(m.layout.groupExitCode(), SIGTERM);
    m.call(task, CALL, 1, 0); // came back before it looked
    assertEquals(1, m.sum(CALL, SummaryMaps.CALLS));
    m.call(task, CALL, 1, -512); // ERESTARTSYS, but the signal is for nobody here
    assertEquals(1, m.sum(CALL, SummaryMaps.CALLS));
    signal.putLong(m.layout.sharedSignals(), bit(SIGTERM));
    m.call(task, CALL, 1, -512);
    assertEquals(2, m.sum(CALL, SummaryMaps.CALLS));
  }

  /** Exits whose entry was not seen. */
  @Test
  void refusedAndInFlight() throws TraceException {
    SummaryMachine m = machine();
    m.setControl(Control.BEGAN, 1_000);
    m.machine.now = 5_000;
    Task refused = m.traced(1000);
    m.exitOf(refused, CALL, -1);
    assertEquals(1, m.sum(CALL, SummaryMaps.ERRORS));
    assertEquals(0, m.sum(CALL, SummaryMaps.WALL));
    Task attached = m.thread(1001, 1001, "sleeper");
    m.mark(1001, Selection.MAY_BE_IN_CALL);
    m.exitOf(attached, CALL + 1, 0);
    assertEquals(4_000, m.sum(CALL + 1, SummaryMaps.WALL));
    assertEquals(0, m.sum(CALL + 1, SummaryMaps.CPU), "it is not known how long it slept");
    assertEquals(Selection.TRACED, m.markOf(1001));
    Task child = m.thread(1002, 1002, "child");
    m.mark(1002, Selection.NEWBORN);
    m.exitOf(child, CALL + 2, 0);
    assertEquals(0, m.cellOf(CALL + 2, 0), "the fork was its parent's");
    m.exitOf(child, CALL + 2, -1);
    assertEquals(1, m.sum(CALL + 2, SummaryMaps.CALLS), "now it was refused something");
  }

  @Test
  void followsForksUntilTheEnd() throws TraceException {
    settings.options.setFollowForks(true);
    SummaryMachine m = machine();
    Task parent = m.traced(1000);
    Task child = m.thread(1002, 1002, "child");
    m.fork(m.thread(1003, 1003, "other"), child);
    assertEquals(0, m.markOf(1002));
    m.fork(parent, child);
    assertEquals(Selection.NEWBORN, m.markOf(1002));
    assertEquals(1, m.control(Control.FORKED));
    m.exitOf(child, 57, 0);
    m.call(child, CALL, 1, 0);
    assertEquals(1, m.sum(CALL, SummaryMaps.CALLS));
    m.ended(child);
    m.ended(child);
    assertEquals(1, m.control(Control.ENDED));
    assertEquals(0, m.markOf(1002));
    // a thread that executes a program has its process's id from then on
    m.mark(1005, Selection.TRACED);
    m.executed(m.thread(1004, 1004, "thread"), 1005);
    assertEquals(0, m.markOf(1005));
    assertEquals(Selection.TRACED, m.markOf(1004));
  }

  @Test
  void aCommandIsTracedFromItsExecveOn() throws TraceException {
    int execve = Arch.current().sysExecve();
    byte[] path = "/bin/true".getBytes(US_ASCII);
    CallerState caller = CallerState.read(Libc.get());
    settings.options.setLaunch(new LaunchSpec(path, new byte[][] {path}, new byte[0][], caller));
    SummaryMachine m = machine();
    for (int result : new int[] {0, -ENOENT}) {
      Task command = m.thread(1000, 1000, "jstrace");
      m.mark(1000, Selection.AWAITING_EXEC);
      m.call(command, CALL, 1, 0);
      m.enter(command, execve);
      if (result == 0) {
        m.executed(command, 1000);
      }
      m.exit(command, result);
      m.call(command, CALL + 1, 1, 0);
      assertEquals(result == 0 ? Selection.TRACED : 0, m.markOf(1000));
    }
    assertEquals(0, m.cellOf(CALL, 0), "what was before");
    assertEquals(2, m.sum(execve, SummaryMaps.CALLS));
    assertEquals(1, m.sum(execve, SummaryMaps.ERRORS));
    assertEquals(1, m.sum(CALL + 1, SummaryMaps.CALLS), "but nothing after a failure");
  }

  @Test
  void theWholeSystemButNotTheTracer() throws TraceException {
    settings.options.setSystem(true);
    SummaryMachine m = machine();
    m.call(m.thread(50, 50, "any"), CALL, 1, 0);
    m.call(m.thread(780, SummaryMachine.OWN_TGID, "tracer"), CALL, 1, 0);
    m.exitOf(m.thread(781, SummaryMachine.OWN_TGID, "tracer"), CALL, -1);
    m.exitOf(m.thread(51, 51, "other"), CALL, -1); // maybe in flight: not known to be refused
    assertEquals(1, m.sum(CALL, SummaryMaps.CALLS));
  }

  @Test
  void byName() throws TraceException {
    settings.options.setSystem(true);
    String[] names = {"sh", "seven77", "eight888", "nine99999", "fifteen15fiftee"};
    for (String name : names) {
      settings.options.addComm(name.getBytes(US_ASCII));
    }
    SummaryMachine m = machine();
    int tid = 100;
    for (String name : names) {
      m.call(m.thread(++tid, tid, name), CALL, 1, 0);
      m.call(m.thread(++tid, tid, name.substring(1)), CALL + 1, 1, 0);
      m.call(m.thread(++tid, tid, name.substring(0, name.length() - 1)), CALL + 1, 1, 0);
      if (name.length() < 15) {
        m.call(m.thread(++tid, tid, name + "x"), CALL + 1, 1, 0);
      }
      m.call(m.thread(++tid, tid, name.toUpperCase(Locale.ROOT)), CALL + 1, 1, 0);
    }
    assertEquals(names.length, m.sum(CALL, SummaryMaps.CALLS));
    assertEquals(0, m.cellOf(CALL + 1, 0));
  }

  /** A name that the thread has got within the call does not make that a call refused. */
  @Test
  void aNameIsThatAtTheEntry() throws TraceException {
    settings.options.addComm("new".getBytes(US_ASCII));
    SummaryMachine m = machine();
    Task task = m.traced(1000);
    m.enter(task, CALL);
    task.struct.putBytes(m.layout.comm(), new byte[] {'n', 'e', 'w', 0});
    m.exit(task, 0);
    assertEquals(0, m.cellOf(CALL, 0));
    m.exitOf(task, CALL, -1);
    assertEquals(1, m.sum(CALL, SummaryMaps.CALLS), "refused");
    m.enter(task, CALL + 1);
    task.struct.putBytes(m.layout.comm(), new byte[] {'o', 'l', 'd', 0});
    m.exit(task, 0);
    assertEquals(1, m.sum(CALL + 1, SummaryMaps.CALLS));
  }

  @Test
  void byControlGroup() throws TraceException {
    settings.options.setSystem(true).setCgroup(new byte[] {'/'});
    SummaryMachine m = machine();
    m.map(m.selection.cgroups()).put(0, new byte[] {42, 0, 0, 0});
    Task in = m.thread(100, 100, "in");
    in.cgroups.add(42L);
    in.cgroups.add(43L);
    Task out = m.thread(101, 101, "out");
    out.cgroups.add(44L);
    m.call(in, CALL, 1, 0);
    m.call(out, CALL, 1, 0);
    assertEquals(1, m.sum(CALL, SummaryMaps.CALLS));
    assertNull(m.cell(m.cellOf(CALL + 1, 0)));
  }
}
