// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.filter.FdSet;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import io.github.jstrace.linux.ProcFs;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * Which backend traces: what {@code --backend} says; else eBPF for processes that run already, if
 * it is available and serves every option, for it stops none of them; else ptrace, which is exact
 * and takes no privilege.
 */
final class BackendChoice {
  /** The longest string that programs in the kernel copy. */
  private static final int MAX_STRING = 16000;

  /**
   * So many descriptors must be free for the eBPF backend: twelve programs and links each, some ten
   * maps, and what launching a command takes.
   */
  private static final int DESCRIPTORS = 40;

  /** A limit that leaves enough whatever is open. */
  private static final int ENOUGH = 1024;

  private static final int RLIMIT_NOFILE = 7;

  private final Settings settings;
  private @Nullable String asking;

  BackendChoice(Settings settings) {
    this.settings = settings;
  }

  /**
   * Whether it is to be eBPF. Looks into the kernel only if that decides.
   *
   * @throws UsageException if the one chosen does not serve an option
   */
  boolean isEbpf() throws UsageException {
    String needing = onlyEbpf();
    String hindering = notEbpf();
    switch (settings.backend) {
      case PTRACE:
        if (needing != null) {
          throw new UsageException("--backend=ptrace does not serve " + needing, false);
        }
        return false;
      case EBPF:
        if (hindering != null) {
          throw new UsageException("--backend=ebpf does not serve " + hindering, false);
        }
        needDescriptors();
        return true;
      default:
        if (needing != null) {
          if (hindering != null) {
            throw new UsageException(
                needing + " takes the eBPF backend, which does not serve " + hindering, false);
          }
          asking = needing;
          needDescriptors();
          return true;
        }
        // What a descriptor was can be looked up for sure while its process is stopped only.
        return hindering == null
            && settings.command.length == 0
            && settings.decodeFds() == 0
            && lackingLimit() < 0
            && EbpfTracing.isAvailable();
    }
  }

  private static void needDescriptors() throws UsageException {
    long limit = lackingLimit();
    if (limit >= 0) {
      throw new UsageException(
          "the eBPF backend needs more open files than the limit of this process, which is "
              + limit
              + ": raise it (ulimit -n 1024)",
          false);
    }
  }

  /**
   * The limit of descriptors if it leaves too few, else -1. Asked for before any class of the
   * backend is loaded, for even that takes one.
   */
  private static long lackingLimit() {
    Libc libc = Libc.get();
    long limit = limitOfOpenFiles(libc);
    boolean lacks = limit < ENOUGH && limit - new ProcFs(libc).fds(0).length < DESCRIPTORS;
    return lacks ? limit : -1;
  }

  /** How many descriptors this process may have; {@code Long.MAX_VALUE} if that is not known. */
  static long limitOfOpenFiles(Libc libc) {
    NativeMemory limits = libc.allocate(16);
    int result = libc.prlimit(0, RLIMIT_NOFILE, 0, limits.address());
    long limit = limits.getLong(0);
    Reference.reachabilityFence(limits);
    return result < 0 || limit < 0 ? Long.MAX_VALUE : limit;
  }

  /**
   * The option because of which it is eBPF, although nobody has named that: to be named if it
   * cannot be had. Null if there is none; after {@link #isEbpf}.
   */
  @Nullable String asking() {
    return asking;
  }

  /** The first option given that ptrace cannot serve; null if there is none. */
  private @Nullable String onlyEbpf() {
    if (settings.all) {
      return "--all";
    }
    if (!settings.comms.isEmpty()) {
      return "--comm";
    }
    if (settings.cgroup != null) {
      return "--cgroup";
    }
    if (settings.interval > 0) {
      return "--interval";
    }
    if (settings.summaryBy != Settings.SummaryBy.NOTHING) {
      return "--summary-by";
    }
    return settings.buffer > 0 && settings.summary != Settings.Summary.ONLY ? "--buffer" : null;
  }

  /** The first option given that the eBPF backend cannot serve; null if there is none. */
  private @Nullable String notEbpf() {
    if (!settings.injections.isEmpty()) {
      return "-e inject";
    }
    if (!settings.paths.isEmpty()) {
      return "-P/--trace-path";
    }
    if (settings.descriptors != null) {
      return "-e trace-fds";
    }
    if (settings.stackTrace > 0) {
      return "-k/--stack-trace";
    }
    if (settings.dumpRead != FdSet.NONE) {
      return "-e read";
    }
    if (settings.dumpWritten != FdSet.NONE) {
      return "-e write";
    }
    if (settings.vcpuExits) {
      return "-e kvm";
    }
    if (settings.newNamespaces) {
      return "-e namespace";
    }
    if (settings.secontext != Settings.Secontext.NONE) {
      return "--secontext";
    }
    if ((settings.decodePids & Settings.PIDS_PIDNS) != 0) {
      return "--decode-pids=pidns";
    }
    if (settings.daemon() > 0) {
      return "-D/--daemonize";
    }
    if (settings.killOnExit) {
      return "--kill-on-exit";
    }
    if (settings.syscallLimit > 0) {
      return "--syscall-limit";
    }
    if (settings.detachOnExecve) {
      return "-b/--detach-on";
    }
    if (settings.summary == Settings.Summary.ALSO && !settings.wallClock) {
      return "-C/--summary of CPU time (with -w, of wall time, it does)";
    }
    if (settings.summary != Settings.Summary.ONLY && settings.stringLimit > MAX_STRING) {
      return "-s of more than " + MAX_STRING;
    }
    if (settings.cpu != Settings.CPU_DEFAULT && settings.cpu != Settings.CPU_OFF) {
      return "--cpu";
    }
    return null;
  }
}
