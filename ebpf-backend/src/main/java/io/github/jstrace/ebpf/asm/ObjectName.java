// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

/** The kernel's rule for names of programs and maps (bpf_obj_name_cpy, kernel/bpf/syscall.c). */
final class ObjectName {
  /** BPF_OBJ_NAME_LEN, linux/bpf.h, without the final NUL. */
  private static final int MAX = 15;

  private ObjectName() {}

  static void check(String name) {
    if (name.isEmpty() || name.length() > MAX) {
      throw new AssemblyException(
          "name of a program or map must have 1 to " + MAX + " characters: " + name);
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean good =
          c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
      if (!good && c != '.') {
        throw new AssemblyException("name of a program or map has a wrong character: " + name);
      }
    }
  }
}
