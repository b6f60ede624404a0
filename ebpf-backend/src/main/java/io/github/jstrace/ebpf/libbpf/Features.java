// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.ProcFs;
import java.io.File;
import java.nio.charset.StandardCharsets;

/**
 * What the eBPF backend needs of the machine, asked for by trying it: a version number says little
 * about kernels that distributions patch.
 */
public final class Features {
  /** {@code r0 = 0; exit}. */
  private static final long[] NOTHING = {0xb7, 0x95};

  private static final int SMALLEST_RING = 1 << 16;

  /** {@code PROC_PID_INIT_INO} of linux/proc_ns.h: the machine's own pid namespace. */
  private static final String OWN_PIDS = "pid:[4026531836]";

  private Features() {}

  /**
   * Tries what every use of the backend needs: the library, the privilege, the kernel's types, the
   * ring buffer and task storage. Takes about a millisecond, and leaves nothing behind. To choose a
   * backend; where there is no choice, just begin, the exceptions are the same.
   *
   * @throws TraceException says the first thing that lacks, and the remedy
   */
  public static void check() throws TraceException {
    Libbpf.get();
    // before any refusal, since a kernel may let everybody create some kinds of maps
    // (kernel.unprivileged_bpf_disabled=0) but nobody without these trace with them
    checkCapabilities();
    checkPids();
    if (!new File(BtfFile.KERNEL).exists()) {
      throw Unavailable.noBtf(BtfFile.KERNEL, KernelFacts.read().release());
    }
    BpfMap.create(MapSpec.ringBuffer("probe", SMALLEST_RING)).close();
    BpfMap.create(MapSpec.taskStorage("probe", 8)).close();
    LoadedProgram.load("probe", NOTHING, AttachPoint.rawTracepoint("sys_enter")).close();
  }

  /**
   * The kernel tells programs of the machine's process ids, so these must be ours, too.
   *
   * @throws Unavailable in a container with ids of its own
   */
  public static void checkPids() throws Unavailable {
    byte[] namespace = new ProcFs(Libc.get()).readLink(ProcFs.path(0, "/ns/pid"));
    if (namespace != null && !new String(namespace, StandardCharsets.ISO_8859_1).equals(OWN_PIDS)) {
      throw new Unavailable(
          "the eBPF backend needs the process ids of the machine, and this is a container with its"
              + " own: run it outside, or where the two are the same (docker run --pid=host)");
    }
  }

  /** Whether what {@code /proc} says of other users' processes, as their descriptors, is seen. */
  public static boolean seesOtherUsersProcesses() {
    return (KernelFacts.effectiveCapabilities() >>> KernelFacts.CAP_SYS_PTRACE & 1) != 0;
  }

  private static void checkCapabilities() throws Unavailable {
    long capabilities = KernelFacts.effectiveCapabilities();
    boolean enough =
        (capabilities >>> KernelFacts.CAP_SYS_ADMIN & 1) != 0
            || ((capabilities >>> KernelFacts.CAP_BPF & 1) != 0
                && (capabilities >>> KernelFacts.CAP_PERFMON & 1) != 0);
    if (!enough) {
      throw Refusal.lacksCapabilities(Refusal.lackingCapabilities(KernelFacts.read()));
    }
  }

  /**
   * The best way to attach to a tracepoint that this kernel has: as a BTF tracepoint, whose program
   * follows the kernel's pointers by plain loads, or else as a raw tracepoint.
   *
   * @param name as {@code sys_enter}
   */
  public static AttachPoint tracepoint(Btf btf, String name) throws TraceException {
    AttachPoint typed = AttachPoint.btfTracepoint(btf, name);
    if (typed == null) {
      return AttachPoint.rawTracepoint(name);
    }
    try {
      LoadedProgram.load("probe", NOTHING, typed).close();
      return typed;
    } catch (Unavailable e) {
      throw e;
    } catch (BpfException e) {
      return AttachPoint.rawTracepoint(name);
    }
  }

  /** The version of libbpf, as {@code 1.1}. */
  public static String libraryVersion() throws Unavailable {
    return Libbpf.get().version();
  }
}
