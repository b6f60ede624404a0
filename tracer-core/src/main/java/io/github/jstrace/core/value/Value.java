// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.value;

import org.jspecify.annotations.Nullable;

/**
 * A decoded argument, result or part of one: a tree that text and JSON are two renderings of.
 * Values hold what is known, whole; display options (hex strings, raw constants, abbreviation) are
 * the renderers' business.
 */
public sealed interface Value {

  /** How a number is written by those who know it. */
  enum Base {
    /** Signed decimal. */
    DEC,
    /** Unsigned decimal. */
    UDEC,
    /** {@code 0x1f}; zero is {@code 0}. */
    HEX,
    /** {@code 0644}; zero is {@code 0}. */
    OCT,
    /** Octal of at least three digits behind a 0: {@code 000}, {@code 0644}: permissions. */
    PERM
  }

  /** A plain number. */
  record Num(long value, Base base) implements Value {}

  /**
   * A number with names: a single constant, or flags.
   *
   * @param raw the whole number
   * @param base how the raw number is written
   * @param names the constants in it in order; empty if none is known
   * @param rest the bits that have no name, 0 if all have
   * @param unknown what to remark on a number without any name, such as {@code O_???}; may be null
   * @param flags whether several may be set (JSON: an array)
   */
  record Sym(
      long raw, Base base, String[] names, long rest, @Nullable String unknown, boolean flags)
      implements Value {}

  /**
   * Bytes of the tracee.
   *
   * @param bytes what was read
   * @param truncated there is more than was read or may be shown
   * @param terminated stood in memory up to a NUL, which is not among the bytes (rendered by -x
   *     rules alike)
   * @param path a path name: shown whole
   */
  record Str(byte[] bytes, boolean truncated, boolean terminated, boolean path) implements Value {}

  /** Bytes that are not text: always shown in hex, {@code "\\x01\\xff"}. */
  record HexStr(byte[] bytes, boolean truncated) implements Value {}

  /**
   * {@code {name=value, ...}}.
   *
   * @param more some part could not be had or is never shown
   * @param dotted details that are left out are marked where they would stand, not at the end
   */
  record Struct(Field[] fields, boolean more, boolean dotted) implements Value {
    public Struct(Field[] fields, boolean more) {
      this(fields, more, false);
    }
  }

  /**
   * A field of a struct.
   *
   * @param name empty for a value without name
   * @param detail shown in text only when abbreviation is off ({@code -v}); several in a row become
   *     one {@code ...}
   */
  record Field(String name, Value value, boolean detail) {}

  /** {@code [a, b, ...]}. {@code more}: there are further elements that were not read. */
  record Arr(Value[] items, boolean more) implements Value {}

  /**
   * A set of names such as signals: {@code [INT TERM]}, or {@code ~[KILL STOP]} for all but these.
   */
  record NameSet(String[] names, boolean complement) implements Value {}

  /**
   * An address; 0 is {@code NULL}. {@code unreadable}: what it points at should have been shown but
   * was not there.
   */
  record Addr(long value, boolean unreadable) implements Value {}

  /**
   * A file descriptor.
   *
   * @param special {@code AT_FDCWD} or null
   * @param path what {@code /proc/PID/fd/N} says, unescaped ({@code socket:[123]} too); null if not
   *     asked for, unknown, or if {@code details} say more
   * @param deleted the path is no more: {@code 3</tmp/x>(deleted)}
   * @param details of a socket or device, such as {@code TCP:[1.2.3.4:80->5.6.7.8:9]} (shown in
   *     place of a path) or {@code char 1:3} (shown behind it: {@code 3</dev/null<char 1:3>>});
   *     null if none
   * @param content what is in it, in place of a path: {@code 3<{eventfd-count=0x5, …}>}, behind
   *     {@code details} {@code 3<signalfd:[USR1]>}; null if not known
   */
  record Fd(
      int fd,
      @Nullable String special,
      byte @Nullable [] path,
      boolean deleted,
      @Nullable String details,
      @Nullable Value content)
      implements Value {
    public Fd(
        int fd,
        @Nullable String special,
        byte @Nullable [] path,
        boolean deleted,
        @Nullable String details) {
      this(fd, special, path, deleted, details, null);
    }
  }

  /**
   * A process or thread id.
   *
   * @param comm what {@code -Y} shows behind it, null if not asked for
   * @param own the id that the tracer, in another pid namespace, has for it; 0 if not asked for,
   *     the same or unknown
   */
  record Pid(int pid, byte @Nullable [] comm, int own) implements Value {}

  /**
   * {@code name(arg, …)}: {@code makedev(0x8, 0x1)}, {@code htons(80)}, {@code
   * inet_addr("127.0.0.1")}.
   */
  record Macro(String name, Value... args) implements Value {}

  /** Parts joined by {@code |}: {@code S_IFREG|0644}. {@code raw} is the whole number. */
  record Or(long raw, Base base, Value... parts) implements Value {}

  /**
   * Text that is the value: {@code WIFEXITED(s) && WEXITSTATUS(s) == 0}. {@code raw} is the whole
   * number.
   */
  record Text(String text, long raw) implements Value {}

  /** What stood there before the call and what after: {@code [128 => 16]}, {@code {…} => {…}}. */
  record Changed(Value before, Value after) implements Value {}

  /** A value and a remark: {@code 0x7ffd… /* 24 vars *}{@code /}. The comment is plain ASCII. */
  record Commented(Value value, String comment) implements Value {}

  /** The same, but where constants are shown as numbers only, the remark is left out. */
  record Hinted(Value value, String hint) implements Value {}

  /** {@code brief} when abbreviated, {@code full} with {@code -v} and in JSON. */
  record Abbrev(Value brief, Value full) implements Value {}

  /**
   * Printed as {@code name=value} or, in an array, {@code [name]=value}: a labelled value outside a
   * struct.
   */
  record Labelled(String label, Value value) implements Value {}

  /** An element of an array, and which: {@code [SK_MEMINFO_RCVBUF]=212992}. */
  record At(Sym index, Value value) implements Value {}

  /** A constant that stands for high bits: {@code NFNL_SUBSYS_QUEUE<<8}. */
  record Shifted(Sym value, int bits) implements Value {}

  /**
   * A value that has a meaning and an undecoded form: {@code makedev(0x8, 0x1)} and 0x801. Which of
   * them, or both, is shown is up to {@code -X}. A {@link Str} as {@code raw} is bytes, shown in
   * hex ({@code htons(8)} and {@code "\x00\x08"}).
   */
  record Coded(Value raw, Value decoded) implements Value {}

  /**
   * A value in words, {@code v4l2_fourcc('Y', 'U', 'Y', 'V')} or a time with its date, of which
   * {@code raw} is shown only where constants are raw ({@code -Xraw}); {@code remarked}: where they
   * are shown twice ({@code -Xverbose}) it is a remark.
   */
  record Worded(Value raw, Value decoded, boolean remarked) implements Value {
    public Worded(Value raw, Value decoded) {
      this(raw, decoded, false);
    }
  }

  /**
   * Members of a set, separated by blanks: {@code [3</a> 5]}, {@code ~[KILL STOP]} for all but
   * these.
   */
  record Members(Value[] items, boolean complement) implements Value {}

  /** A sign in front of a value: {@code @"name"} of an abstract socket. */
  record Prefixed(String prefix, Value value) implements Value {}

  /** A number and what is added to it: {@code SKF_AD_OFF+SKF_AD_PKTTYPE}. */
  record Sum(Sym base, Value offset) implements Value {}

  /**
   * Several values without brackets, separated by commas: {@code in [3], left {…}} behind a result.
   */
  record Seq(Value... items) implements Value {}

  /** A file and its security context, {@code "/etc/passwd" [passwd_file_t]}. */
  record Secured(Value value, byte[] context) implements Value {}

  /** No argument at all: what follows it moves up. */
  record Omitted() implements Value {}

  Value NULL = new Addr(0, false);
  Value OMITTED = new Omitted();
  String[] NO_NAMES = {};

  static Value dec(long v) {
    return new Num(v, Base.DEC);
  }

  static Value udec(long v) {
    return new Num(v, Base.UDEC);
  }

  static Value hex(long v) {
    return new Num(v, Base.HEX);
  }

  static Value addr(long v) {
    return v == 0 ? NULL : new Addr(v, false);
  }

  /** The address of something that should have been shown and could not be read. */
  static Value unreadable(long v) {
    return v == 0 ? NULL : new Addr(v, true);
  }

  /** One constant. */
  static Value name(long raw, String name) {
    return new Sym(raw, Base.HEX, new String[] {name}, 0, null, false);
  }

  static Field field(String name, Value value) {
    return new Field(name, value, false);
  }

  static Value struct(Field... fields) {
    return new Struct(fields, false);
  }

  static Value array(Value... items) {
    return new Arr(items, false);
  }
}
