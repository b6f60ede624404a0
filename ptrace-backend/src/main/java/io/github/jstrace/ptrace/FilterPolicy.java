// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.linux.Arch;
import io.github.jstrace.linux.LaunchSpec;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import io.github.jstrace.linux.ProcFs;
import io.github.jstrace.tables.Abi;

/**
 * Decides whether the kernel may filter the calls of a launched command. It may where that changes
 * nothing but the time that is taken.
 */
final class FilterPolicy {
  private static final int PR_GET_SECCOMP = 21;
  private static final int PR_GET_NO_NEW_PRIVS = 39;
  private static final int CAPABILITY_VERSION_3 = 0x20080522;
  private static final int CAP_SYS_PTRACE = 19;
  private static final int CAP_SYS_ADMIN = 21;

  private final boolean allowed;
  private final boolean noNewPrivileges;

  private FilterPolicy(boolean allowed, boolean noNewPrivileges) {
    this.allowed = allowed;
    this.noNewPrivileges = noNewPrivileges;
  }

  /** Whether there may be a filter. */
  boolean allowed() {
    return allowed;
  }

  /** Whether the command needs {@code no_new_privs} for it. */
  boolean noNewPrivileges() {
    return noNewPrivileges;
  }

  /** Looks at options and at what this process may do. */
  static FilterPolicy of(PtraceOptions options, Libc libc) {
    LaunchSpec spec = options.launch();
    if (spec == null || !suits(options, spec)) {
      return new FilterPolicy(false, false);
    }
    // A filter that is there already may answer calls itself, so that ours does not tell of them.
    if (libc.prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 0) {
      return new FilterPolicy(false, false);
    }
    int capabilities = capabilities(libc);
    boolean admin = (capabilities & 1 << CAP_SYS_ADMIN) != 0;
    if ((capabilities & 1 << CAP_SYS_PTRACE) == 0 && strangersMayNotTrace(libc)) {
      return new FilterPolicy(false, false); // nor may the guardian
    }
    if (admin || libc.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) {
      return new FilterPolicy(true, false);
    }
    // An unprivileged tracer's tracee gets no privileges by execve anyway; one that is not
    // followed does.
    return new FilterPolicy(options.followForks(), true);
  }

  private static boolean suits(PtraceOptions options, LaunchSpec spec) {
    SyscallFilter calls = options.calls();
    if (calls.isAll()
        || options.detachOnExec()
        || options.pids().length != 0
        || Tampering.sendSignals(options.injections())) {
      return false;
    }
    // Of those that are not followed, an unprivileged one cannot be released, and a return from a
    // signal handler must not be interrupted by another signal.
    return options.followForks()
        || (spec.keepsPrivileges() && !returnsFromSignals(calls) && !options.killOnExit());
  }

  private static boolean returnsFromSignals(SyscallFilter calls) {
    return Arch.current() == Arch.X86_64
        ? calls.contains(Abi.X86_64, 15)
            || calls.contains(Abi.I386, 119)
            || calls.contains(Abi.I386, 173)
        : calls.contains(Abi.AARCH64, 139);
  }

  /** The first 32 effective capabilities (capget(2)). */
  private static int capabilities(Libc libc) {
    NativeMemory memory = libc.allocate(32);
    memory.putInt(0, CAPABILITY_VERSION_3);
    long result =
        libc.syscall(Arch.current().sysCapget(), memory.address(), memory.address() + 8, 0, 0, 0);
    return result < 0 ? 0 : memory.getInt(8);
  }

  /** Whether Yama keeps processes from tracing others that are not their descendants. */
  private static boolean strangersMayNotTrace(Libc libc) {
    byte[] scope = new ProcFs(libc).read(ProcFs.path(0, "/../sys/kernel/yama/ptrace_scope"));
    return scope != null && scope.length > 0 && scope[0] != '0';
  }
}
