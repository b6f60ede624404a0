// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Cond.EQ;
import static io.github.jstrace.ebpf.asm.Cond.GE;
import static io.github.jstrace.ebpf.asm.Cond.NE;
import static io.github.jstrace.ebpf.asm.Cond.SGE;
import static io.github.jstrace.ebpf.asm.Helper.CURRENT_TASK_UNDER_CGROUP;
import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R3;
import static io.github.jstrace.ebpf.asm.Reg.R4;
import static io.github.jstrace.ebpf.asm.Size.U32;
import static io.github.jstrace.ebpf.asm.Size.U64;
import static io.github.jstrace.ebpf.asm.Size.U8;

import io.github.jstrace.ebpf.EbpfOptions;
import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.MapType;
import io.github.jstrace.ebpf.asm.Reg;
import java.util.List;

/**
 * Which threads are traced. Unless the whole system is, a byte per thread id says so: a load at a
 * fixed address costs 2 ns where a hash costs 20, and it is what every other process of the system
 * pays at both ends of its calls. The kernel's ids end at 4,194,304 ({@code PID_MAX_LIMIT}), so
 * that is 4 MB at most. {@link ProcessPrograms} keeps the bytes as threads come and go. Names and
 * control groups are looked at when a call is entered.
 */
public final class Selection {
  /** A byte of {@link #tasks}: this thread is traced. */
  public static final int TRACED = 1;

  /** This thread is the launched command's, and is traced from its execve on. */
  public static final int AWAITING_EXEC = 2;

  /** It has entered that execve. If it enters another call, that one failed: it is no tracee. */
  public static final int EXECUTING = 3;

  /** Traced, and may be inside a call that it entered before it was. */
  public static final int MAY_BE_IN_CALL = 5;

  /** Made by a traced thread, and has not left that call yet, which was not this one's. */
  public static final int NEWBORN = 6;

  /** So many thread ids there can be ({@code PID_MAX_LIMIT}), each a byte. */
  public static final int MAX_TASKS = 4 << 20;

  private static final int WORD = 8;

  private final KernelLayout layout;
  private final boolean system;
  private final boolean launch;
  private final int ownTgid;
  private final List<byte[]> comms;
  private final MapSpec tasks;
  private final MapSpec cgroups;
  private final boolean byCgroup;

  /**
   * @param pidLimit {@code /proc/sys/kernel/pid_max}
   * @param ownTgid this process, which is never traced
   */
  public Selection(KernelLayout layout, EbpfOptions options, int pidLimit, int ownTgid) {
    this.layout = layout;
    this.system = options.system();
    this.launch = options.launch() != null;
    this.ownTgid = ownTgid;
    this.comms = options.comms();
    this.byCgroup = options.cgroup() != null;
    int size = Integer.highestOneBit(Math.max(pidLimit, 4096) - 1) * 2;
    this.tasks = MapSpec.array("tasks", size, 1).withFlags(MapSpec.MMAPABLE);
    this.cgroups = new MapSpec("cgroups", MapType.CGROUP_ARRAY, 4, 4, 1, 0);
  }

  /** Whether there is a byte per thread, in {@link #tasks}. */
  public boolean usesTasks() {
    return !system || launch;
  }

  /** The bytes, by thread id; user space can map them. */
  public MapSpec tasks() {
    return tasks;
  }

  /** Whether the descriptor of a control group must be put into {@link #cgroups}. */
  public boolean usesCgroups() {
    return byCgroup;
  }

  /** An array of one. */
  public MapSpec cgroups() {
    return cgroups;
  }

  /** Whether threads are selected one by one. */
  boolean byThread() {
    return !system;
  }

  KernelLayout layout() {
    return layout;
  }

  /**
   * At the entry of a call: goes to {@code skip} unless the thread is traced. Uses R0 to R5.
   *
   * @param context the arguments of {@code sys_enter}: registers, number
   * @param task the current {@code task_struct}
   */
  public void atEntry(Assembler a, Reg context, Reg task, Label skip) {
    byIdentity(a, context, task, skip);
    byProperties(a, task, skip);
  }

  /** The first half of {@link #atEntry}: what does not change while the thread lives. */
  void byIdentity(Assembler a, Reg context, Reg task, Label skip) {
    if (usesTasks()) {
      byteOf(a, task, R3);
      a.load(U8, R2, R3, 0);
      if (!system) {
        a.jumpIf(R2, EQ, 0, skip);
      }
      Label traced = new Label("traced");
      a.jumpIf(R2, EQ, system ? 0 : TRACED, traced);
      launching(a, context, skip, traced);
      a.bind(traced);
    }
    if (system) {
      a.load(U32, R2, task, layout.tgid());
      a.jumpIf(R2, EQ, ownTgid, skip);
    }
  }

  /** Whether threads are selected by what may change while they live. */
  boolean usesProperties() {
    return !comms.isEmpty() || byCgroup;
  }

  /**
   * The second half: goes to {@code skip} unless name and control group are those wanted. Uses R0
   * to R5.
   */
  void byProperties(Assembler a, Reg task, Label skip) {
    byName(a, task, skip);
    if (byCgroup) {
      a.map(R1, cgroups).mov(R2, 0).call(CURRENT_TASK_UNDER_CGROUP).jumpIf(R0, NE, 1, skip);
    }
  }

  /**
   * At the exit of a call: goes to {@code skip} if the thread is surely not traced. Uses R2, R3.
   */
  public void atExit(Assembler a, Reg task, Label skip) {
    if (!system) {
      byteOf(a, task, R3);
      a.load(U8, R2, R3, 0).jumpIf(R2, EQ, 0, skip);
    }
  }

  /**
   * Of a thread that leaves a call whose entry no program saw. There are three kinds: it began
   * before tracing did: goes to {@code before}; it was made by another thread, a fork: goes to
   * {@code skip}; or seccomp(2) refused the call, which happens before the tracepoint: goes on.
   * Uses R0 to R5.
   *
   * @param context the arguments of {@code sys_exit}: registers, result
   * @param known whether the thread has entered calls as a traced one: tells if the whole system is
   *     traced
   */
  public void unseenEntry(Assembler a, Reg context, Reg task, Reg known, Label before, Label skip) {
    unseenEntry(a, task, known, before, skip);
    if (usesProperties()) {
      // An entry may have been passed over: of the call that gave the thread its name or group.
      a.load(U64, R2, context, WORD).jumpIf(R2, SGE, 0, skip);
    }
  }

  /** The same for who knows of all entries, also of those that were passed over. */
  void unseenEntry(Assembler a, Reg task, Reg known, Label before, Label skip) {
    if (system) {
      a.jumpIf(known, EQ, 0, skip).load(U32, R2, task, layout.tgid()).jumpIf(R2, EQ, ownTgid, skip);
    } else {
      Label flight = new Label("in_flight");
      Label refused = new Label("refused");
      byteOf(a, task, R3);
      a.load(U8, R2, R3, 0)
          .jumpIf(R2, EQ, TRACED, refused)
          .jumpIf(R2, EQ, MAY_BE_IN_CALL, flight)
          .jumpIf(R2, NE, NEWBORN, skip)
          .store(U8, R3, 0, TRACED)
          .jump(skip)
          .bind(flight)
          .store(U8, R3, 0, TRACED);
      byProperties(a, task, skip);
      a.jump(before).bind(refused);
    }
    byProperties(a, task, skip);
  }

  /** {@code into} = the address of the task's byte. Uses R2. */
  void byteOf(Assembler a, Reg task, Reg into) {
    a.load(U32, R2, task, layout.pid())
        .and(R2, tasks.valueSize() - 1)
        .mapValue(into, tasks, 0)
        .add(into, R2);
  }

  /** R2 is the byte at R3, and neither 0 nor {@link #TRACED}. */
  private void launching(Assembler a, Reg context, Label skip, Label traced) {
    Label tracing = new Label("tracing");
    a.jumpIf(R2, GE, MAY_BE_IN_CALL, tracing);
    if (launch) {
      Label failed = new Label("exec_failed");
      a.jumpIf(R2, NE, AWAITING_EXEC, failed)
          .load(U64, R4, context, WORD)
          .jumpIf(R4, NE, layout.arch().sysExecve(), skip)
          .store(U8, R3, 0, EXECUTING)
          .jump(traced)
          .bind(failed)
          .store(U8, R3, 0, 0)
          .jump(skip);
    } else {
      a.jump(skip);
    }
    a.bind(tracing).store(U8, R3, 0, TRACED);
  }

  /**
   * Goes to {@code skip} unless the task's name is one of those wanted, if any are. Compares it
   * with each as two words; what is behind a name's NUL may be anything. Uses R2, R3.
   */
  void byName(Assembler a, Reg task, Label skip) {
    if (comms.isEmpty()) {
      return;
    }
    int comm = layout.comm();
    Label named = new Label("named");
    for (byte[] name : comms) {
      Label other = new Label("other_name");
      a.load(U64, R2, task, comm);
      compare(a, name, 0, other);
      if (name.length >= WORD) {
        a.load(U64, R2, task, comm + WORD);
        compare(a, name, WORD, other);
      }
      a.jump(named).bind(other);
    }
    a.jump(skip).bind(named);
  }

  private static void compare(Assembler a, byte[] name, int from, Label other) {
    long word = 0;
    long mask = 0;
    for (int i = 0; i < WORD && from + i <= name.length; i++) {
      long b = from + i < name.length ? name[from + i] & 0xff : 0;
      word |= b << 8 * i;
      mask |= 0xffL << 8 * i;
    }
    if (mask != -1) {
      a.constant64(R3, mask).and(R2, R3);
    }
    a.constant64(R3, word).jumpIf(R2, NE, R3, other);
  }
}
