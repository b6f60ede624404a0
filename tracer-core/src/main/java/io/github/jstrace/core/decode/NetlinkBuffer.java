// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of netlink messages, as far as they could be read, and what attributes have to know of the
 * message that they belong to. Offsets count from the beginning of the buffer.
 */
final class NetlinkBuffer {
  private final DecodeContext context;
  private final MemoryView view;
  private final long address;

  /** Nobody nests attributes deeper; it is the stack that must not be exhausted. */
  private static final int MAX_DEPTH = 32;

  private int depth;
  private int messageType;
  private int messageFlags;

  /** Address family of the message. */
  private int family;

  /** Where the struct of the message begins. */
  private int body;

  /** What the last attribute that tells a kind has said; null if there was none. */
  private @Nullable String kind;

  NetlinkBuffer(DecodeContext context, MemoryView view, long address) {
    this.context = context;
    this.view = view;
    this.address = address;
  }

  DecodeContext context() {
    return context;
  }

  MemoryView view() {
    return view;
  }

  /** What the header of the message that is being decoded says. */
  void setMessage(int type, int flags) {
    messageType = type;
    messageFlags = flags;
  }

  int messageType() {
    return messageType;
  }

  int messageFlags() {
    return messageFlags;
  }

  /** Makes the struct at {@code at}, which begins with an address family, the message's. */
  void enterBody(int at) {
    body = at;
    family = has(at, 1) ? view.u8(at) : 0;
    kind = null;
  }

  /** Goes back to the struct that another one lies in. */
  void leaveBody(int outer, @Nullable String outerKind) {
    enterBody(outer);
    kind = outerKind;
  }

  /** Whether attributes may lie in attributes once more; {@link #ascend} then. */
  boolean descend() {
    return depth < MAX_DEPTH && ++depth > 0;
  }

  void ascend() {
    depth--;
  }

  int family() {
    return family;
  }

  int body() {
    return body;
  }

  @Nullable String kind() {
    return kind;
  }

  void setKind(@Nullable String value) {
    kind = value;
  }

  /** Whether {@code size} bytes at {@code at} could be read. */
  boolean has(int at, int size) {
    return at + size <= view.length();
  }

  /** The address of what is not shown. */
  Value address(int at) {
    return Value.addr(address + at);
  }

  /** The address of what could not be read. */
  Value missing(int at) {
    return Value.unreadable(address + at);
  }

  /** Stands for the elements of a list from {@code at} on, which could not be read. */
  Value missingRest(int at) {
    return ArrayType.rest(address + at);
  }

  /**
   * Whether there is what strace reads of so many bytes: one more than it shows, if there are more.
   */
  private boolean hasString(int at, int length) {
    int limit = context.maxString();
    return has(at, length > limit ? limit + 1 : length);
  }

  /** Bytes in hex, as all that is not known. */
  Value hex(int at, int length) {
    int shown = Math.min(length, context.maxString());
    return hasString(at, length)
        ? new Value.HexStr(view.copy(at, shown), shown < length)
        : missing(at);
  }

  /** Bytes as a string that need not end. */
  Value text(int at, int length) {
    int shown = Math.min(length, context.maxString());
    return hasString(at, length)
        ? new Value.Str(view.copy(at, shown), shown < length, false, false)
        : missing(at);
  }

  /** A number of {@code length} bytes, at most eight. */
  long number(int at, int length) {
    long number = 0;
    for (int i = length - 1; i >= 0; i--) {
      number = number << 8 | view.u8(at + i);
    }
    return number;
  }

  /** So many elements of a list are shown. */
  int maxElements() {
    return context.brief() ? context.maxString() : Integer.MAX_VALUE;
  }
}
