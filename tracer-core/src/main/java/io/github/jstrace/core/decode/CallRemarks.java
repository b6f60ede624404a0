// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What can be said behind the results of a few calls, if asked for: the namespaces that were
 * entered ({@code -e namespace=new}), why a virtual CPU stopped ({@code -e kvm=vcpu}).
 */
final class CallRemarks {
  /** Names below {@code /proc/PID/ns} (namespaces(7)) and the flags of clone(2) for them. */
  private static final String[] NAMESPACES = {
    "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"
  };

  private static final long[] NAMESPACE_FLAGS = {
    0x02000000, 0x08000000, 0x00020000, 0x40000000, 0x20000000, 0x80, 0x10000000, 0x04000000
  };

  /** {@code CLONE_NEWTIME} lies within the signal of clone(2), which therefore cannot have it. */
  private static final long SIGNAL = 0xff;

  /** {@code KVM_RUN} (linux/kvm.h). */
  private static final int KVM_RUN = 0xae80;

  /** {@code exit_reason} in {@code struct kvm_run}. */
  private static final int EXIT_REASON = 8;

  private static final String VCPU = "anon_inode:kvm-vcpu:";

  private final DecodeOptions options;

  CallRemarks(DecodeOptions options) {
    this.options = options;
  }

  /** Adds remarks to a call that has succeeded. */
  void add(DecodeContext c, String name) {
    switch (name) {
      case "clone":
        entered(c, c.tracee().arg(0) & ~SIGNAL, (int) c.result());
        break;
      case "clone3":
        MemoryView flags = options.newNamespaces() ? c.read(c.tracee().arg(0), 8) : null;
        entered(c, flags == null ? 0 : flags.s64(0), (int) c.result());
        break;
      case "unshare":
        entered(c, c.tracee().arg(0), c.tracee().tid());
        break;
      case "setns":
        long kinds = c.tracee().arg(1);
        entered(c, kinds == 0 ? kindOf(c) : kinds, c.tracee().tid());
        break;
      case "ioctl":
        if (options.vcpuExits() && (int) c.tracee().arg(1) == KVM_RUN) {
          vcpuExit(c);
        }
        break;
      default:
        break;
    }
  }

  private void entered(DecodeContext c, long flags, int tid) {
    if (!options.newNamespaces()) {
      return;
    }
    List<Value> found = new ArrayList<>();
    for (int i = 0; i < NAMESPACES.length; i++) {
      String link = (flags & NAMESPACE_FLAGS[i]) == 0 ? null : c.namespace(tid, NAMESPACES[i]);
      if (link != null) {
        found.add(new Value.Text(link, 0));
      }
    }
    if (!found.isEmpty()) {
      c.addNote(new Value.Seq(found.toArray(new Value[0])));
    }
  }

  /** The flag of the namespace that a descriptor stands for, {@code net:[4026531840]}. */
  private static long kindOf(DecodeContext c) {
    byte[] path = c.path((int) c.tracee().arg(0));
    String link = path == null ? "" : new String(path, StandardCharsets.ISO_8859_1);
    for (int i = 0; i < NAMESPACES.length; i++) {
      if (link.startsWith(NAMESPACES[i] + ":[")) {
        return NAMESPACE_FLAGS[i];
      }
    }
    return 0;
  }

  private static void vcpuExit(DecodeContext c) {
    byte[] path = c.path((int) c.tracee().arg(0));
    if (path == null || !new String(path, StandardCharsets.ISO_8859_1).startsWith(VCPU)) {
      return;
    }
    long run = c.mapping(path);
    MemoryView reason = run == 0 ? null : c.read(run + EXIT_REASON, 4);
    if (reason != null) {
      long raw = reason.s32(0) & 0xffffffffL;
      String name = Sets.get("kvm_exit_reason").nameOf(raw, c.abi());
      c.addNote(new Value.Text(name == null ? "KVM_EXIT_???" : name, raw));
    }
  }
}
