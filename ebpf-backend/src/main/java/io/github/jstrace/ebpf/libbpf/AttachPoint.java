// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import org.jspecify.annotations.Nullable;

/**
 * Where a program is attached, which also decides its type: what its context is and what it may
 * read ({@code enum bpf_prog_type} and {@code enum bpf_attach_type}, linux/bpf.h).
 */
public final class AttachPoint {
  private static final int BPF_PROG_TYPE_SOCKET_FILTER = 1;
  private static final int BPF_PROG_TYPE_RAW_TRACEPOINT = 17;
  private static final int BPF_PROG_TYPE_TRACING = 26;
  private static final int BPF_TRACE_RAW_TP = 23;

  private final int programType;
  private final int expectedAttachType;
  private final int btfId;
  private final @Nullable String tracepoint;
  private final String text;

  private AttachPoint(
      int programType,
      int expectedAttachType,
      int btfId,
      @Nullable String tracepoint,
      String text) {
    this.programType = programType;
    this.expectedAttachType = expectedAttachType;
    this.btfId = btfId;
    this.tracepoint = tracepoint;
    this.text = text;
  }

  /**
   * A tracepoint whose arguments have types: the program may follow pointers of the kernel by plain
   * loads. Linux 5.5.
   *
   * @param name as {@code sys_enter}
   * @return null if the kernel has no such tracepoint
   */
  public static @Nullable AttachPoint btfTracepoint(Btf btf, String name) {
    int id = btf.find("btf_trace_" + name, Btf.TYPEDEF);
    return id == 0
        ? null
        : new AttachPoint(
            BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, id, null, "the BTF tracepoint " + name);
  }

  /**
   * A tracepoint whose arguments are numbers: the program reads kernel memory by helper calls.
   *
   * @param name as {@code sys_enter}
   */
  public static AttachPoint rawTracepoint(String name) {
    return new AttachPoint(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0, name, "the raw tracepoint " + name);
  }

  /** Nowhere: a program that is loaded only, to see whether the verifier accepts it. */
  static AttachPoint none() {
    return new AttachPoint(BPF_PROG_TYPE_SOCKET_FILTER, 0, 0, null, "nothing");
  }

  int programType() {
    return programType;
  }

  int expectedAttachType() {
    return expectedAttachType;
  }

  int btfId() {
    return btfId;
  }

  /** The name that bpf(2) wants; null if the program knows by its BTF id. */
  @Nullable String tracepoint() {
    return tracepoint;
  }

  /** What a message calls it, for instance {@code the raw tracepoint sys_enter}. */
  @Override
  public String toString() {
    return text;
  }
}
