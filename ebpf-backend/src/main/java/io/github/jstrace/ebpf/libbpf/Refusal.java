// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.ebpf.asm.MapType;
import io.github.jstrace.linux.Errno;
import org.jspecify.annotations.Nullable;

/**
 * Makes of an error number of bpf(2) the sentence that says what lacks. A pure function of the
 * error and {@link KernelFacts}, so that every case can be tested anywhere.
 */
final class Refusal {
  private final KernelFacts facts;

  Refusal(KernelFacts facts) {
    this.facts = facts;
  }

  /**
   * A map was refused.
   *
   * @param errno positive
   */
  TraceException ofMap(MapType type, String name, int errno) {
    TraceException known = general(errno);
    if (known != null) {
      return known;
    }
    if ((errno == Errno.EINVAL || errno == Errno.ENOTSUPP) && !hasMapType(type)) {
      return new Unavailable(
          "the eBPF backend needs the "
              + text(type)
              + " of Linux "
              + since(type)
              + " or newer, and this kernel is "
              + facts.release()
              + ": use a newer one");
    }
    return new BpfException(
        "the kernel refused the "
            + text(type)
            + " "
            + name
            + " of the eBPF backend ("
            + Libbpf.errorText(errno)
            + ")"
            + (errno == Errno.ENOMEM ? ": make it smaller, or free memory" : ""),
        errno);
  }

  /**
   * A program was refused, and not by the verifier.
   *
   * @param type what a message calls it, for instance {@code BTF tracepoint}
   * @param errno positive
   */
  TraceException ofProgram(String type, String name, int errno) {
    TraceException known = general(errno);
    if (known != null) {
      return known;
    }
    return new BpfException(
        "the kernel refused the eBPF program "
            + name
            + " of type "
            + type
            + " ("
            + Libbpf.errorText(errno)
            + "; Linux "
            + facts.release()
            + ")"
            + (facts.lockdown().equals("confidentiality")
                ? ": the kernel is locked down, boot it without lockdown=confidentiality"
                : ""),
        errno);
  }

  /** An attachment was refused; {@code errno} is positive. */
  TraceException ofLink(String target, String name, int errno) {
    TraceException known = general(errno);
    if (known != null) {
      return known;
    }
    return new BpfException(
        "the kernel refused to attach the eBPF program "
            + name
            + " to "
            + target
            + " ("
            + Libbpf.errorText(errno)
            + ")"
            + (errno == Errno.ENOENT ? ": it has no such tracepoint" : ""),
        errno);
  }

  private static String text(MapType type) {
    return switch (type) {
      case HASH -> "hash map";
      case ARRAY -> "array map";
      case PERCPU_HASH -> "per-CPU hash map";
      case PERCPU_ARRAY -> "per-CPU array map";
      case CGROUP_ARRAY -> "cgroup array map";
      case LRU_HASH -> "LRU hash map";
      case LRU_PERCPU_HASH -> "LRU per-CPU hash map";
      case RINGBUF -> "ring buffer";
      case TASK_STORAGE -> "task storage";
    };
  }

  /** The kernel that brought it; bpf(2), and for the last two the commits that did. */
  private static String since(MapType type) {
    return switch (type) {
      case HASH, ARRAY -> "3.19";
      case PERCPU_HASH, PERCPU_ARRAY -> "4.6";
      case CGROUP_ARRAY -> "4.8";
      case LRU_HASH, LRU_PERCPU_HASH -> "4.10";
      case RINGBUF -> "5.8";
      case TASK_STORAGE -> "5.11";
    };
  }

  private boolean hasMapType(MapType type) {
    String since = since(type);
    int dot = since.indexOf('.');
    return facts.isAtLeast(
        Integer.parseInt(since.substring(0, dot)), Integer.parseInt(since.substring(dot + 1)));
  }

  /** What lacks for any use of bpf(2); null if it is something else. */
  private @Nullable TraceException general(int errno) {
    if (errno == Errno.ENOSYS) {
      return new Unavailable(
          facts.seccomp() == 0
              ? "the eBPF backend needs the system call bpf, which this kernel ("
                  + facts.release()
                  + ") does not have: use one built with CONFIG_BPF_SYSCALL=y"
              : seccompMessage());
    }
    if (errno == Errno.EMFILE) {
      return Unavailable.descriptors();
    }
    if (errno != Errno.EPERM) {
      return null;
    }
    String lacking = lackingCapabilities(facts);
    if (!lacking.isEmpty()) {
      return lacksCapabilities(lacking);
    }
    if (!facts.initialNamespace()) {
      return new Unavailable(
          "the eBPF backend needs privileges outside of this user namespace, where the"
              + " capabilities of this process do not count: run jstrace on the host, as root");
    }
    if (facts.seccomp() != 0) {
      return new Unavailable(seccompMessage());
    }
    if (!facts.isAtLeast(5, 11) && facts.memlock() >= 0) {
      return new Unavailable(
          "the eBPF backend needs more locked memory than the limit of "
              + facts.memlock()
              + " bytes: raise it (ulimit -l unlimited)");
    }
    String lockdown = facts.lockdown();
    if (!lockdown.isEmpty() && !lockdown.equals("none")) {
      return new Unavailable(
          "the kernel is locked down ("
              + lockdown
              + ") and refuses the eBPF backend: boot it without lockdown=");
    }
    return new Unavailable(
        "the kernel forbids the system call bpf although this process has the capabilities:"
            + " look whether a security module (SELinux, AppArmor) denies it to jstrace");
  }

  private static String seccompMessage() {
    return "a seccomp filter that this process runs under forbids the system call bpf, which the"
        + " eBPF backend needs: in a container, allow it (docker run --privileged, or"
        + " --security-opt seccomp=unconfined with --cap-add BPF --cap-add PERFMON)";
  }

  /** Names those that lack, joined by "and"; empty if none does. */
  static String lackingCapabilities(KernelFacts facts) {
    if (facts.has(KernelFacts.CAP_SYS_ADMIN)) {
      return "";
    }
    if (!facts.isAtLeast(5, 8)) {
      // CAP_BPF and CAP_PERFMON are of Linux 5.8
      return "CAP_SYS_ADMIN";
    }
    boolean bpf = facts.has(KernelFacts.CAP_BPF);
    boolean perfmon = facts.has(KernelFacts.CAP_PERFMON);
    if (bpf && perfmon) {
      return "";
    }
    if (bpf) {
      return "CAP_PERFMON";
    }
    return perfmon ? "CAP_BPF" : "CAP_BPF and CAP_PERFMON";
  }

  /** {@code lacking} as {@link #lackingCapabilities} gives it. */
  static Unavailable lacksCapabilities(String lacking) {
    return new Unavailable(
        "the eBPF backend needs "
            + (lacking.equals("CAP_SYS_ADMIN")
                ? "CAP_SYS_ADMIN"
                : "CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN)")
            + ", and this process lacks "
            + lacking
            + ": run jstrace as root; in a container, with these capabilities added");
  }
}
