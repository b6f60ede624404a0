// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.ebpf.EbpfOptions;
import io.github.jstrace.ebpf.asm.Program;
import io.github.jstrace.ebpf.vm.Machine;
import io.github.jstrace.ebpf.vm.Region;
import io.github.jstrace.ebpf.vm.Task;
import io.github.jstrace.ebpf.vm.VmMap;
import io.github.jstrace.linux.Arch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The programs of a summary in a {@link Machine}, whose tasks and registers lie where a kernel that
 * is made up here has them.
 */
final class SummaryMachine {
  static final int OWN_TGID = 777;
  private static final int PID_LIMIT = 32768;

  /** What the programs are made from. */
  static final class Settings {
    final EbpfOptions options = new EbpfOptions();
    SummaryMaps.By by = SummaryMaps.By.NOTHING;
    boolean latency;
    boolean intervals;
    int cpus = Machine.CPUS;
    long overhead;
    boolean cpuTimes = true;
    boolean errnos = true;
  }

  final Machine machine = new Machine();
  final KernelLayout layout;
  final Selection selection;
  final SummaryMaps maps;
  final Control control = new Control();
  private final Program enter;
  private final Program exit;
  private final Program onSwitch;
  private final ProcessPrograms processes;
  private final Map<Task, Region> registers = new HashMap<>();

  SummaryMachine(Settings settings) throws TraceException {
    layout = new KernelLayout(Arch.current(), new MadeUp());
    selection = new Selection(layout, settings.options, PID_LIMIT, OWN_TGID);
    maps = new SummaryMaps(settings.cpus, settings.by, settings.latency, settings.intervals);
    SummaryProgram programs =
        new SummaryProgram(
            selection,
            maps,
            control,
            settings.options,
            settings.overhead,
            settings.cpuTimes,
            settings.errnos);
    enter = programs.onEntry();
    exit = programs.onExit();
    onSwitch = programs.onSwitch();
    processes = new ProcessPrograms(selection, control);
    machine.map(maps.plan()).put(0, Slots.plan(settings.options.calls()));
  }

  /** Fields in the order in which they are asked for, with room for a name or a mask each. */
  private static final class MadeUp implements KernelLayout.Offsets {
    private final Map<String, Integer> places = new HashMap<>();

    @Override
    public int of(String struct, String field) {
      return places.computeIfAbsent(struct + "." + field, name -> 16 + 32 * places.size());
    }
  }

  /** A thread that is not traced yet. */
  Task thread(int tid, int tgid, String name) {
    Task task = machine.task(tid, tgid);
    task.struct.putInt(layout.pid(), tid).putInt(layout.tgid(), tgid);
    task.struct.putLong(layout.groupLeader(), task.struct.address());
    byte[] comm = Arrays.copyOf(name.getBytes(StandardCharsets.US_ASCII), 16);
    task.struct.putBytes(layout.comm(), comm);
    Region signal = machine.kernel().allocate("signal_struct", 1024);
    task.struct.putLong(layout.signal(), signal.address());
    return task;
  }

  /** A thread that is traced. */
  Task traced(int tid) {
    Task task = thread(tid, tid, "traced");
    mark(tid, Selection.TRACED);
    return task;
  }

  void mark(int tid, int state) {
    machine.map(selection.tasks()).get(0).putByte(tid, state);
  }

  int markOf(int tid) {
    return machine.map(selection.tasks()).get(0).getByte(tid);
  }

  private Region registersOf(Task task) {
    return registers.computeIfAbsent(task, t -> machine.kernel().allocate("pt_regs", 1024));
  }

  /** A thread enters a call, at the machine's time. */
  void enter(Task task, long number, long... arguments) {
    machine.current = task;
    Region regs = registersOf(task).putLong(layout.callNumber(), number);
    if (arguments.length > 0) {
      regs.putLong(layout.firstArgument(), arguments[0]);
    }
    if (arguments.length > 1) {
      regs.putLong(layout.secondArgument(), arguments[1]);
    }
    machine.run(enter, regs.address(), number);
  }

  /** A thread leaves the call that its registers tell of. */
  void exit(Task task, long result) {
    machine.current = task;
    machine.run(exit, registersOf(task).address(), result);
  }

  /** A thread leaves a call that it was in, or that no program saw begin. */
  void exitOf(Task task, long number, long result) {
    registersOf(task).putLong(layout.callNumber(), number);
    exit(task, result);
  }

  /** A whole call of a duration. */
  void call(Task task, long number, long nanos, long result) {
    enter(task, number);
    machine.now += nanos;
    exit(task, result);
  }

  /** The next call is one of i386, or of the native ABI again. */
  void compat(Task task, boolean is) {
    task.struct.putInt(layout.threadStatus(), is ? KernelLayout.TS_COMPAT : 0);
  }

  void taskSwitch(Task from, Task to) {
    machine.run(onSwitch, 0, from.struct.address(), to.struct.address());
  }

  void fork(Task parent, Task child) {
    machine.run(processes.fork(), parent.struct.address(), child.struct.address());
  }

  void executed(Task task, int oldTid) {
    machine.run(processes.exec(), task.struct.address(), oldTid);
  }

  void ended(Task task) {
    machine.run(processes.exit(), task.struct.address());
  }

  /** A cell's number; 0 if the slot has none. */
  int cellOf(int slot, int shard) {
    return machine.map(maps.index()).get(0).getInt(4 * (shard * Slots.COUNT + slot));
  }

  /** The entry of a process or thread in the index; null if there is none. */
  @Nullable Region entry(int id, int slot) {
    ByteBuffer key = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    return machine.map(maps.index()).get(key.putInt(id).putInt(slot).array());
  }

  /** The cell of a process or thread; 0 if there is none. */
  int cellOfTask(int id, int slot) {
    Region entry = entry(id, slot);
    return entry == null ? 0 : entry.getInt(SummaryMaps.CELL);
  }

  @Nullable Region cell(int number) {
    return number == 0 ? null : machine.map(maps.cells()).get(number);
  }

  /** A number of a slot, over all shards. */
  long sum(int slot, int number) {
    long sum = 0;
    for (int shard = 0; shard < maps.shards(); shard++) {
      Region cell = cell(cellOf(slot, shard));
      sum += cell == null ? 0 : cell.getLong(number);
    }
    return sum;
  }

  /** How often calls of a cell failed with an error. */
  long errors(int cell, int errno) {
    ByteBuffer key = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    Region count = machine.map(maps.errors()).get(key.putInt(cell).putInt(errno).array());
    return count == null ? 0 : count.getLong(0);
  }

  long control(int number) {
    return machine.map(control.map()).get(0).getLong(number);
  }

  void setControl(int number, long value) {
    machine.map(control.map()).get(0).putLong(number, value);
  }

  VmMap map(io.github.jstrace.ebpf.asm.MapSpec spec) {
    return machine.map(spec);
  }
}
