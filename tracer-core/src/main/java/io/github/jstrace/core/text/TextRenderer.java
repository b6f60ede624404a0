// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import io.github.jstrace.core.text.Palette.Kind;
import io.github.jstrace.core.text.TextOptions.Constants;
import io.github.jstrace.core.text.TextOptions.HexStrings;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.core.value.Value.Base;
import io.github.jstrace.tables.Signals;
import org.jspecify.annotations.Nullable;

/** Appends strace's text of a {@link Value} to a buffer. */
public final class TextRenderer {
  private final TextBuffer out;
  private final HexStrings hexStrings;
  private final @Nullable Palette palette;

  /** How many kinds of text within each other are being written: the outermost has the colour. */
  private int painting;

  /** How constants are shown; what explains one in a remark has them by name. */
  private Constants constants;

  /** Whether structs are shown in brief; that of the call whose values are being rendered. */
  private boolean abbreviated = true;

  public TextRenderer(TextBuffer out, TextOptions options) {
    this.out = out;
    this.hexStrings = options.hexStrings();
    this.constants = options.constants();
    this.palette = options.palette();
  }

  /** What follows is of this kind, up to {@link #end}. */
  void begin(Kind kind) {
    if (palette != null && painting++ == 0) {
      out.control(palette.of(kind));
    }
  }

  void end() {
    if (palette != null && --painting == 0) {
      out.control(palette.of(Kind.PUNCT));
    }
  }

  /** {@code name=}. */
  void fieldName(String name) {
    begin(Kind.ARGNAME);
    out.ascii(name);
    end();
    out.raw('=');
  }

  private static @Nullable Kind kindOf(Value value) {
    if (value instanceof Value.Sym sym) {
      return sym.names().length > 0 ? Kind.CONST : Kind.ARGVAL;
    }
    if (value instanceof Value.Text || value instanceof Value.NameSet) {
      return Kind.CONST;
    }
    boolean leaf =
        value instanceof Value.Num
            || value instanceof Value.Str
            || value instanceof Value.Addr
            || value instanceof Value.Fd
            || value instanceof Value.Pid
            || value instanceof Value.HexStr;
    return leaf ? Kind.ARGVAL : null;
  }

  /**
   * Appends a value.
   *
   * @param brief whether structs and arrays are abbreviated: all but {@code -v}
   */
  public void render(Value value, boolean brief) {
    abbreviated = brief;
    value(value);
  }

  /**
   * Whether a note stands behind a result. Where constants are shown as numbers only, what just
   * names the result is left out.
   */
  boolean showsNote(Value note) {
    return constants != Constants.RAW
        || !(note instanceof Value.Macro || note instanceof Value.Coded);
  }

  /**
   * What stands in parentheses behind a result: the fields of a struct without braces, or any other
   * value.
   */
  public void renderNote(Value note, boolean brief) {
    abbreviated = brief;
    if (!(note instanceof Value.Struct struct)) {
      value(note instanceof Value.Coded coded ? coded.decoded() : note);
      return;
    }
    boolean first = true;
    for (Value.Field field : struct.fields()) {
      if (field.value() instanceof Value.Omitted) {
        continue;
      }
      if (!first) {
        comma();
      }
      first = false;
      if (!field.name().isEmpty()) {
        out.ascii(field.name()).raw(' ');
      }
      value(field.value());
    }
  }

  private void value(Value value) {
    Kind kind = palette == null ? null : kindOf(value);
    if (kind == null) {
      plain(value);
    } else {
      begin(kind);
      plain(value);
      end();
    }
  }

  // The order is that of frequency; there is no switch over types before Java 21.
  private void plain(Value value) {
    if (value instanceof Value.Num num) {
      number(num.value(), num.base());
    } else if (value instanceof Value.Sym sym) {
      sym(sym);
    } else if (value instanceof Value.Str str) {
      string(str);
    } else if (value instanceof Value.Addr addr) {
      address(addr.value());
    } else if (value instanceof Value.Fd fd) {
      descriptor(fd);
    } else if (value instanceof Value.Struct struct) {
      struct(struct);
    } else if (value instanceof Value.Arr array) {
      array(array);
    } else if (value instanceof Value.Pid pid) {
      out.dec(pid.pid());
      comm(pid.comm());
      if (pid.own() != 0) {
        out.ascii(" /* ").dec(pid.own()).ascii(" in strace's PID NS */");
      }
    } else if (value instanceof Value.Or or) {
      or(or);
    } else if (value instanceof Value.Members members) {
      members(members);
    } else if (value instanceof Value.NameSet set) {
      nameSet(set);
    } else if (value instanceof Value.Coded coded) {
      coded(coded);
    } else {
      composed(value);
    }
  }

  private void composed(Value value) {
    if (value instanceof Value.Text text) {
      out.ascii(text.text());
    } else if (value instanceof Value.Macro macro) {
      macro(macro);
    } else if (value instanceof Value.Changed changed) {
      value(changed.before());
      out.ascii(" => ");
      value(changed.after());
    } else if (value instanceof Value.Commented commented) {
      value(commented.value());
      comment(commented.comment());
    } else if (value instanceof Value.Hinted hinted) {
      value(hinted.value());
      if (constants != Constants.RAW) {
        comment(hinted.hint());
      }
    } else if (value instanceof Value.Worded worded) {
      value(constants == Constants.RAW ? worded.raw() : worded.decoded());
      if (worded.remarked() && constants == Constants.VERBOSE) {
        out.ascii(" /* ");
        value(worded.raw());
        out.ascii(" */");
      }
    } else if (value instanceof Value.Abbrev abbrev) {
      value(abbreviated ? abbrev.brief() : abbrev.full());
    } else if (value instanceof Value.Labelled labelled) {
      out.ascii(labelled.label()).raw('=');
      value(labelled.value());
    } else if (value instanceof Value.HexStr hex) {
      Quoting.quote(out, hex.bytes(), HexStrings.ALL);
      if (hex.truncated()) {
        out.ascii("...");
      }
    } else if (value instanceof Value.Seq seq) {
      sequence(seq.items());
    } else if (value instanceof Value.Secured secured) {
      value(secured.value());
      out.raw(' ');
      context(secured.context());
    } else if (value instanceof Value.Prefixed prefixed) {
      out.ascii(prefixed.prefix());
      value(prefixed.value());
    } else if (value instanceof Value.Sum sum) {
      value(sum.base());
      out.raw('+');
      value(sum.offset());
    } else if (value instanceof Value.At element) {
      out.raw('[');
      value(element.index());
      out.ascii("]=");
      value(element.value());
    } else if (value instanceof Value.Shifted shifted) {
      value(shifted.value());
      out.ascii("<<").ascii(String.valueOf(shifted.bits()));
    }
  }

  private void comment(String text) {
    out.raw(' ');
    begin(Kind.COMMENT);
    out.ascii("/* ").ascii(text).ascii(" */");
    end();
  }

  private void sequence(Value[] items) {
    boolean first = true;
    for (Value item : items) {
      if (item instanceof Value.Omitted) {
        continue;
      }
      if (!first) {
        comma();
      }
      first = false;
      value(item);
    }
  }

  private void comma() {
    out.raw(',').raw(' ');
  }

  private void number(long v, Base base) {
    switch (base) {
      case DEC -> out.dec(v);
      case UDEC -> out.udec(v);
      case HEX -> out.hex(v);
      case OCT -> out.octal(v);
      case PERM -> out.raw('0').octalDigits(v, v == 0 ? 2 : (v < 8 ? 2 : 1));
    }
  }

  private void address(long v) {
    if (v == 0) {
      out.ascii("NULL");
    } else {
      out.hex(v);
    }
  }

  private void sym(Value.Sym sym) {
    String unknown = sym.unknown();
    boolean named = sym.names().length > 0;
    if (constants == Constants.RAW || (!named && unknown == null)) {
      number(sym.raw(), sym.base());
    } else if (!named) {
      number(sym.raw(), sym.base());
      out.ascii(" /* ").ascii(unknown == null ? "" : unknown).ascii(" */");
    } else if (constants == Constants.VERBOSE) {
      number(sym.raw(), sym.base());
      out.ascii(" /* ");
      names(sym);
      out.ascii(" */");
    } else {
      names(sym);
    }
  }

  private void names(Value.Sym sym) {
    boolean first = true;
    for (String name : sym.names()) {
      if (!first) {
        out.raw('|');
      }
      first = false;
      out.ascii(constants == Constants.VERBOSE ? withoutRemark(name) : name);
    }
    if (sym.rest() != 0) {
      out.raw('|').hex(sym.rest());
    }
  }

  /** What stands in a remark has none of its own. */
  private static String withoutRemark(String name) {
    int from = name.indexOf(" /* ");
    int to = name.indexOf(" */", from + 1);
    return from < 0 || to < 0 ? name : name.substring(0, from) + name.substring(to + 3);
  }

  private void string(Value.Str str) {
    Quoting.quote(out, str.bytes(), hexStrings);
    if (str.truncated()) {
      out.ascii("...");
    }
  }

  private void descriptor(Value.Fd fd) {
    String special = fd.special();
    if (special == null || constants == Constants.RAW) {
      out.dec(fd.fd());
    } else if (constants == Constants.VERBOSE) {
      out.dec(fd.fd()).ascii(" /* ").ascii(special).ascii(" */");
    } else {
      out.ascii(special);
    }
    byte[] path = fd.path();
    String details = fd.details();
    Value content = fd.content();
    if (path == null && details == null && content == null) {
      return;
    }
    out.raw('<');
    if (path == null) {
      out.ascii(details == null ? "" : details);
      if (content != null) {
        out.ascii(details == null ? "" : ":");
        value(content);
      }
    } else {
      Quoting.escape(out, path, 0, path.length, hexStrings, true);
      if (details != null) {
        out.raw('<').ascii(details).raw('>');
      }
    }
    out.raw('>');
    if (fd.deleted()) {
      out.ascii("(deleted)");
    }
  }

  /** {@code <name>} of a process. */
  void comm(byte @Nullable [] comm) {
    if (comm != null) {
      out.raw('<');
      Quoting.escape(out, comm, 0, comm.length, hexStrings, true);
      out.raw('>');
    }
  }

  /** {@code [context]} of a file or thread. */
  void context(byte[] context) {
    out.raw('[');
    Quoting.escape(out, context, 0, context.length, hexStrings, true);
    out.raw(']');
  }

  private void struct(Value.Struct struct) {
    out.raw('{');
    boolean first = true;
    boolean more = struct.more();
    boolean marked = false;
    for (Value.Field field : struct.fields()) {
      if (field.detail() && abbreviated) {
        if (!struct.dotted()) {
          more = true;
        } else if (!marked) {
          dots(true, first);
          first = false;
          marked = true;
        }
        continue;
      }
      marked = false;
      if (field.value() instanceof Value.Omitted) {
        continue;
      }
      if (!first) {
        comma();
      }
      first = false;
      if (constants == Constants.ABBREV && inetPton(field)) {
        continue;
      }
      if (!field.name().isEmpty()) {
        fieldName(field.name());
      }
      value(field.value());
    }
    dots(more, first);
    out.raw('}');
  }

  /**
   * In place of a field that is an IPv6 address strace shows the call that fills it: {@code
   * inet_pton(AF_INET6, "::1", &sin6_addr)}.
   *
   * @return whether the field is one
   */
  private boolean inetPton(Value.Field field) {
    if (field.value() instanceof Value.Coded coded
        && coded.decoded() instanceof Value.Macro macro
        && macro.name().equals("inet_pton")) {
      out.ascii(macro.name()).raw('(');
      sequence(macro.args());
      out.ascii(", &").ascii(field.name()).raw(')');
      return true;
    }
    return false;
  }

  private void dots(boolean more, boolean first) {
    if (more) {
      out.ascii(first ? "..." : ", ...");
    }
  }

  private void array(Value.Arr array) {
    out.raw('[');
    boolean first = true;
    for (Value item : array.items()) {
      if (item instanceof Value.Omitted) {
        continue;
      }
      if (!first) {
        comma();
      }
      first = false;
      if (item instanceof Value.Labelled labelled) {
        out.raw('[').ascii(labelled.label()).ascii("]=");
        value(labelled.value());
      } else {
        value(item);
      }
    }
    dots(array.more(), first);
    out.raw(']');
  }

  private void members(Value.Members members) {
    out.ascii(members.complement() ? "~[" : "[");
    boolean first = true;
    for (Value item : members.items()) {
      if (!first) {
        out.raw(' ');
      }
      first = false;
      value(item);
    }
    out.raw(']');
  }

  private void nameSet(Value.NameSet set) {
    out.ascii(set.complement() ? "~[" : "[");
    boolean first = true;
    for (String name : set.names()) {
      if (!first) {
        out.raw(' ');
      }
      first = false;
      int number = constants == Constants.ABBREV ? -1 : Signals.number(name);
      if (number < 0) {
        out.ascii(name);
      } else if (constants == Constants.RAW) {
        out.dec(number);
      } else {
        out.dec(number).ascii(" /* ").ascii(name).ascii(" */");
      }
    }
    out.raw(']');
  }

  /**
   * A file's mode, {@code S_IFREG|0644}, is one number; of others, such as {@code
   * SOCK_STREAM|SOCK_CLOEXEC}, each part is one.
   */
  private void or(Value.Or or) {
    boolean mode = or.base() == Base.PERM || or.base() == Base.OCT;
    boolean whole = mode && constants != Constants.ABBREV;
    if (whole) {
      number(or.raw(), or.base());
      if (constants == Constants.RAW) {
        return;
      }
      out.ascii(" /* ");
    }
    boolean first = true;
    for (Value part : or.parts()) {
      if (!first) {
        out.raw('|');
      }
      first = false;
      if (whole && part instanceof Value.Sym sym && sym.names().length > 0) {
        names(sym);
      } else {
        value(part);
      }
    }
    if (whole) {
      out.ascii(" */");
    }
  }

  private void coded(Value.Coded coded) {
    if (constants == Constants.ABBREV) {
      value(coded.decoded());
      return;
    }
    if (coded.raw() instanceof Value.Str bytes) {
      Quoting.quote(out, bytes.bytes(), HexStrings.ALL);
    } else {
      value(coded.raw());
    }
    if (constants == Constants.VERBOSE) {
      out.ascii(" /* ");
      // What stands for bytes, such as inet_pton(AF_INET6, …), is all text.
      constants = coded.raw() instanceof Value.Str ? Constants.ABBREV : Constants.VERBOSE;
      value(coded.decoded());
      constants = Constants.VERBOSE;
      out.ascii(" */");
    }
  }

  private void macro(Value.Macro macro) {
    out.ascii(macro.name()).raw('(');
    sequence(macro.args());
    out.raw(')');
  }
}
