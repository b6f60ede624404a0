// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.ebpf.asm.Program;
import io.github.jstrace.ebpf.codegen.Control;
import io.github.jstrace.ebpf.codegen.KernelLayout;
import io.github.jstrace.ebpf.codegen.ProcessPrograms;
import io.github.jstrace.ebpf.codegen.Selection;
import io.github.jstrace.ebpf.libbpf.AttachPoint;
import io.github.jstrace.ebpf.libbpf.BpfMap;
import io.github.jstrace.ebpf.libbpf.BpfSession;
import io.github.jstrace.ebpf.libbpf.Btf;
import io.github.jstrace.ebpf.libbpf.Features;
import io.github.jstrace.ebpf.libbpf.Unavailable;
import io.github.jstrace.linux.Arch;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import io.github.jstrace.linux.ProcFs;
import io.github.jstrace.tables.Errno;
import java.nio.charset.StandardCharsets;

/**
 * The running kernel, as programs for it need to know it, and what every run puts into it. Closed
 * once the programs are loaded: its types take some megabytes.
 */
public final class Kernel implements AutoCloseable {
  private static final int SC_NPROCESSORS_CONF = 83;

  private final Btf btf;
  private final KernelLayout layout;
  private final Selection selection;
  private final EbpfOptions options;
  private final int cpus;

  private Kernel(Btf btf, EbpfOptions options, int pidLimit) throws TraceException {
    Libc libc = Libc.get();
    this.btf = btf;
    this.options = options;
    this.layout = new KernelLayout(Arch.current(), new BtfOffsets(btf));
    this.selection = new Selection(layout, options, pidLimit, libc.getpid());
    this.cpus = (int) Math.max(1, libc.sysconf(SC_NPROCESSORS_CONF));
  }

  private static final class BtfOffsets implements KernelLayout.Offsets {
    private final Btf btf;

    BtfOffsets(Btf btf) {
      this.btf = btf;
    }

    @Override
    public int of(String struct, String field) throws TraceException {
      return btf.offset(struct, field);
    }
  }

  /**
   * Looks at the running kernel.
   *
   * @throws TraceException {@link Unavailable} if it or this process lacks what is needed, as far
   *     as that can be told before programs are loaded
   */
  public static Kernel open(EbpfOptions options) throws TraceException {
    Features.checkPids();
    byte[] limit = new ProcFs(Libc.get()).read(ProcFs.path(0, "/../sys/kernel/pid_max"));
    int pidLimit = limit == null ? Selection.MAX_TASKS : number(limit);
    Btf btf = Btf.kernel();
    try {
      return new Kernel(btf, options, pidLimit <= 0 ? Selection.MAX_TASKS : pidLimit);
    } catch (TraceException e) {
      btf.close();
      throw e;
    }
  }

  /** Its types are gone then, what was learnt of them stays. */
  @Override
  public void close() {
    btf.close();
  }

  private static int number(byte[] text) {
    int value = 0;
    for (int i = 0; i < text.length && text[i] >= '0' && text[i] <= '9'; i++) {
      value = value * 10 + text[i] - '0';
    }
    return Math.min(value, Selection.MAX_TASKS);
  }

  public KernelLayout layout() {
    return layout;
  }

  public Selection selection() {
    return selection;
  }

  /** How many CPUs there may be. */
  public int cpus() {
    return cpus;
  }

  /** Where fields of the kernel's structures are. */
  public KernelLayout.Offsets offsets() {
    return new BtfOffsets(btf);
  }

  /** The types of the kernel. */
  public Btf btf() {
    return btf;
  }

  /**
   * A BTF tracepoint.
   *
   * @throws Unavailable if there is none of that name
   */
  public AttachPoint tracepoint(String name) throws Unavailable {
    AttachPoint point = AttachPoint.btfTracepoint(btf, name);
    if (point == null) {
      throw new Unavailable(
          "the eBPF backend needs the tracepoint "
              + name
              + ", which this kernel lacks: use one built with CONFIG_FTRACE_SYSCALLS=y");
    }
    return point;
  }

  /** Loads what keeps track of threads, and fills what {@link Selection} looks at. */
  public void prepare(BpfSession session, Control control) throws TraceException {
    if (selection.usesTasks()) {
      ProcessPrograms programs = new ProcessPrograms(selection, control);
      if (options.followForks() && !options.system()) {
        load(session, programs.fork(), "sched_process_fork");
      }
      load(session, programs.exec(), "sched_process_exec");
      load(session, programs.exit(), "sched_process_exit");
    }
    byte[] cgroup = options.cgroup();
    if (cgroup != null) {
      putCgroup(session, cgroup);
    }
  }

  /** Loads a program, to run at a BTF tracepoint once the session is attached. */
  public void load(BpfSession session, Program program, String tracepoint) throws TraceException {
    session.load(program, tracepoint(tracepoint));
  }

  /** Stores the only value of an array. */
  public static void put(BpfMap map, byte[] value) throws TraceException {
    NativeMemory key = map.newKey();
    NativeMemory memory = map.newValue();
    memory.put(0, value, 0, value.length);
    int result = map.update(key, memory, BpfMap.BPF_ANY);
    if (result < 0) {
      throw new TraceException("cannot fill the map " + map.spec() + ": " + Errno.message(-result));
    }
  }

  private void putCgroup(BpfSession session, byte[] path) throws TraceException {
    Libc libc = Libc.get();
    String name = new String(path, StandardCharsets.ISO_8859_1);
    int fd = libc.open(path, Arch.current().oDirectory(), 0);
    if (fd < 0) {
      throw new TraceException("--cgroup " + name + ": " + Errno.message(-fd));
    }
    BpfMap map = session.create(selection.cgroups());
    NativeMemory value = map.newValue();
    value.putInt(0, fd);
    int result = map.update(map.newKey(), value, BpfMap.BPF_ANY);
    libc.close(fd);
    if (result < 0) {
      throw new TraceException(
          "--cgroup "
              + name
              + ": no directory of a control group of version 2 (those are below "
              + mountPoint()
              + ")");
    }
  }

  /** Where the hierarchy of version 2 is mounted, as proc(5), /proc/PID/mounts, tells. */
  private static String mountPoint() {
    byte[] mounts = new ProcFs(Libc.get()).read(ProcFs.path(0, "/mounts"));
    String text = mounts == null ? "" : new String(mounts, StandardCharsets.ISO_8859_1);
    for (String line : text.split("\n", -1)) {
      String[] words = line.split(" ", -1);
      if (words.length > 2 && words[2].equals("cgroup2")) {
        return words[1];
      }
    }
    return "a mount of type cgroup2";
  }
}
