// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/**
 * {@code struct sock_fprog}: a classic BPF program, of a socket or of seccomp(2) (bpf(4), {@code
 * linux/filter.h}).
 */
final class BpfProgram extends JavaType {
  private static final int INSTRUCTION = 8;

  /** {@code BPF_MAXINSNS}. */
  private static final int MAX_INSTRUCTIONS = 4096;

  private static final int LD = 0;
  private static final int LDX = 1;
  private static final int ALU = 4;
  private static final int JMP = 5;
  private static final int RET = 6;
  private static final int MISC = 7;
  private static final int ABS = 0x20;

  private static final String[] CLASSES = {
    "BPF_LD", "BPF_LDX", "BPF_ST", "BPF_STX", "BPF_ALU", "BPF_JMP", "BPF_RET", "BPF_MISC"
  };

  /** Of extended BPF, where they differ. */
  private static final int JMP32 = 6;

  private static final String[] EXTENDED_CLASSES = {
    "BPF_LD", "BPF_LDX", "BPF_ST", "BPF_STX", "BPF_ALU", "BPF_JMP", "BPF_JMP32", "BPF_ALU64"
  };
  private static final @Nullable String[] EXTENDED_MODES = {
    "BPF_IMM", "BPF_ABS", "BPF_IND", "BPF_MEM", "BPF_MEMSX", null, "BPF_XADD", null
  };
  private static final String[] SIZES = {"BPF_W", "BPF_H", "BPF_B", "BPF_DW"};
  private static final String[] MODES = {
    "BPF_IMM", "BPF_ABS", "BPF_IND", "BPF_MEM", "BPF_LEN", "BPF_MSH", "BPF_XADD"
  };
  private static final String[] SOURCES = {"BPF_K", "BPF_X"};
  private static final String[] ALU_OPERATIONS = {
    "BPF_ADD", "BPF_SUB", "BPF_MUL", "BPF_DIV", "BPF_OR", "BPF_AND", "BPF_LSH",
    "BPF_RSH", "BPF_NEG", "BPF_MOD", "BPF_XOR", "BPF_MOV", "BPF_ARSH", "BPF_END"
  };
  private static final String[] JUMPS = {
    "BPF_JA",
    "BPF_JEQ",
    "BPF_JGT",
    "BPF_JGE",
    "BPF_JSET",
    "BPF_JNE",
    "BPF_JSGT",
    "BPF_JSGE",
    "BPF_CALL",
    "BPF_EXIT",
    "BPF_JLT",
    "BPF_JLE",
    "BPF_JSLT",
    "BPF_JSLE",
    "BPF_JCOND"
  };
  private static final String[] RESULTS = {"BPF_K", "BPF_X", "BPF_A"};

  /** What is not in the packet, by its offset from SKF_AD_OFF in words. */
  private static final String[] ANCILLARY = {
    "SKF_AD_PROTOCOL",
    "SKF_AD_PKTTYPE",
    "SKF_AD_IFINDEX",
    "SKF_AD_NLATTR",
    "SKF_AD_NLATTR_NEST",
    "SKF_AD_MARK",
    "SKF_AD_QUEUE",
    "SKF_AD_HATYPE",
    "SKF_AD_RXHASH",
    "SKF_AD_CPU",
    "SKF_AD_ALU_XOR_X",
    "SKF_AD_VLAN_TAG",
    "SKF_AD_VLAN_TAG_PRESENT",
    "SKF_AD_PAY_OFFSET",
    "SKF_AD_RANDOM",
    "SKF_AD_VLAN_TPID"
  };

  private static final long AD_OFF = 0xfffff000L;
  private static final long NET_OFF = 0xfff00000L;
  private static final long LL_OFF = 0xffe00000L;
  private static final long RET_ACTION_FULL = 0xffff0000L;

  private final Abi abi;
  private final boolean seccomp;

  BpfProgram(Abi abi, boolean seccomp, Direction direction) {
    super(abi, direction);
    this.abi = abi;
    this.seccomp = seccomp;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    capture.bytes(Phase.ENTRY, at, 2 * capture.word());
    if (!capture.brief() && at != null) {
      capture.bytes(
          Phase.ENTRY,
          at.pointerAt(capture.word()),
          Capture.field(at, 0, 2, INSTRUCTION),
          CapturePlan.MAX_BYTES);
    }
  }

  @Override
  Value show(DecodeContext c, long raw) {
    int word = abi.wordSize();
    MemoryView m = c.verbose() ? c.read(raw, 2 * word) : null;
    if (m == null) {
      return Value.unreadable(raw);
    }
    int length = m.u16(0);
    long filter = m.load(word, word, false);
    return Value.struct(
        Value.field("len", Value.udec(length)),
        Value.field(
            "filter",
            c.brief()
                ? Value.addr(filter)
                : new Value.Abbrev(Value.addr(filter), instructions(c, filter, length))));
  }

  /** The instructions at an address, as many as are there. */
  Value instructions(DecodeContext c, long address, int count) {
    if (address == 0) {
      return Value.NULL;
    }
    if (count == 0) {
      return Value.array();
    }
    int wanted = Math.min(count, MAX_INSTRUCTIONS);
    MemoryView m = c.readUpTo(address, wanted * INSTRUCTION);
    int got = m.length() / INSTRUCTION;
    if (got == 0) {
      return Value.unreadable(address);
    }
    Value[] items = new Value[got < wanted ? got + 1 : got];
    for (int i = 0; i < got; i++) {
      items[i] = instruction(m, i * INSTRUCTION);
    }
    if (got < wanted) {
      String end = "0x" + Long.toHexString(address + (long) got * INSTRUCTION);
      items[got] = new Value.Commented(new Value.Text("...", 0), end);
    }
    return new Value.Arr(items, wanted < count);
  }

  /** {@code count} instructions that have been read. */
  Value instructions(MemoryView m, int at, int count) {
    Value[] items = new Value[count];
    for (int i = 0; i < count; i++) {
      items[i] = instruction(m, at + i * INSTRUCTION);
    }
    return Value.array(items);
  }

  private Value instruction(MemoryView m, int at) {
    int code = m.u16(at);
    int ifTrue = m.u8(at + 2);
    int ifFalse = m.u8(at + 3);
    long k = m.u32(at + 4);
    if (ifTrue != 0 || ifFalse != 0) {
      return new Value.Macro(
          "BPF_JUMP", code(code, false), Value.hex(k), Value.hex(ifTrue), Value.hex(ifFalse));
    }
    return new Value.Macro("BPF_STMT", code(code, false), operand(code, k));
  }

  private Value operand(int code, long k) {
    if (seccomp) {
      if ((code & 7) != RET) {
        return Value.hex(k);
      }
      long action = k & RET_ACTION_FULL;
      Value name = Sets.constant("seccomp_ret", abi, action);
      return k == action ? name : new Value.Or(k, Value.Base.HEX, name, bits(k - action, null));
    }
    if ((code & 0xe7) != (LD | ABS) || k < LL_OFF) {
      return Value.hex(k);
    }
    if (k >= AD_OFF) {
      long offset = k - AD_OFF;
      String name =
          offset % 4 == 0 && offset / 4 < ANCILLARY.length ? ANCILLARY[(int) offset / 4] : null;
      Value item =
          name == null
              ? new Value.Sym(offset, Value.Base.HEX, Value.NO_NAMES, offset, "SKF_AD_???", false)
              : Value.name(offset, name);
      return sum("SKF_AD_OFF", AD_OFF, item);
    }
    return k >= NET_OFF
        ? sum("SKF_NET_OFF", NET_OFF, Value.udec(k - NET_OFF))
        : sum("SKF_LL_OFF", LL_OFF, Value.udec(k - LL_OFF));
  }

  private static Value sum(String name, long base, Value offset) {
    String[] names = {name};
    return new Value.Sum(new Value.Sym(base, Value.Base.HEX, names, 0, null, false), offset);
  }

  /** An instruction's code; {@code extended}: of the language that bpf(2) loads. */
  static Value code(int code, boolean extended) {
    int kind = code & 7;
    int rest = code & ~7;
    if (extended) {
      boolean memory = kind < ALU;
      boolean jump = kind == JMP || kind == JMP32;
      return new Value.Or(
          code,
          Value.Base.HEX,
          Value.name(kind, EXTENDED_CLASSES[kind]),
          memory
              ? Value.name(rest & 0x18, SIZES[rest >> 3 & 3])
              : Value.name(rest & 8, SOURCES[rest >> 3 & 1]),
          memory
              ? part(rest & 0xe0, rest >> 5 & 7, EXTENDED_MODES)
              : part(rest & 0xf0, rest >> 4 & 15, jump ? JUMPS : ALU_OPERATIONS));
    }
    Value[] parts = new Value[3];
    int count = 0;
    parts[count++] = Value.name(kind, CLASSES[kind]);
    switch (kind) {
      case LD:
      case LDX:
        parts[count++] = Value.name(rest & 0x18, SIZES[rest >> 3 & 3]);
        parts[count++] = part(rest & 0xe0, rest >> 5 & 7, MODES);
        break;
      case ALU:
      case JMP:
        parts[count++] = Value.name(rest & 8, SOURCES[rest >> 3 & 1]);
        parts[count++] = part(rest & 0xf0, rest >> 4 & 15, kind == ALU ? ALU_OPERATIONS : JUMPS);
        break;
      case RET:
        parts[count++] = part(rest & 0x18, rest >> 3 & 3, RESULTS);
        rest &= ~0x18;
        if (rest != 0) {
          parts[count++] = bits(rest, "BPF_???");
        }
        break;
      case MISC:
        int operation = rest & 0xf8;
        parts[count++] =
            operation == 0
                ? Value.name(0, "BPF_TAX")
                : operation == 0x80 ? Value.name(0x80, "BPF_TXA") : bits(operation, "BPF_???");
        if (rest != operation) {
          parts[count++] = bits(rest & ~0xf8, "BPF_???");
        }
        break;
      default:
        if (rest != 0) {
          parts[count++] = bits(rest, "BPF_???");
        }
        break;
    }
    return count == 1
        ? parts[0]
        : new Value.Or(code, Value.Base.HEX, java.util.Arrays.copyOf(parts, count));
  }

  private static Value part(long raw, int index, @Nullable String[] names) {
    String name = index < names.length ? names[index] : null;
    return name != null ? Value.name(raw, name) : bits(raw, "BPF_???");
  }

  private static Value bits(long raw, @Nullable String unknown) {
    return new Value.Sym(raw, Value.Base.HEX, Value.NO_NAMES, raw, unknown, false);
  }
}
