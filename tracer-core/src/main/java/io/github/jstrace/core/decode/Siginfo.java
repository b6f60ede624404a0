// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.FlagSets;
import io.github.jstrace.tables.Signals;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code siginfo_t}: which fields it has depends on the signal and its code (sigaction(2), "The
 * siginfo_t argument to a SA_SIGINFO handler"; {@code asm-generic/siginfo.h}).
 */
final class Siginfo extends JavaType {
  static final int SIZE = 128;

  private static final int SI_USER = 0;
  private static final int SI_TIMER = -2;
  private static final int SI_SIGIO = -5;
  private static final int SI_TKILL = -6;

  private static final int SIGILL = 4;
  private static final int SIGTRAP = 5;
  private static final int SIGBUS = 7;
  private static final int SIGFPE = 8;
  private static final int SIGSEGV = 11;
  private static final int SIGCHLD = 17;
  private static final int SIGIO = 29;
  private static final int SIGSYS = 31;

  private static final int SEGV_BNDERR = 3;
  private static final int SEGV_PKUERR = 4;
  private static final int BUS_MCEERR_AR = 4;
  private static final int BUS_MCEERR_AO = 5;
  private static final int CLD_EXITED = 1;
  private static final int POLL_HUP = 6;

  private final Abi abi;

  Siginfo(Abi abi, Direction direction) {
    super(abi, direction);
    this.abi = abi;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    capture.bytes(direction(), at, SIZE);
  }

  @Override
  Value show(DecodeContext c, long raw) {
    MemoryView m = c.read(raw, SIZE);
    return m == null ? Value.unreadable(raw) : value(c, m, abi);
  }

  /** Decodes a {@code siginfo_t} of 128 bytes, as the kernel lays it out for {@code abi}. */
  static Value value(DecodeContext c, MemoryView m, Abi abi) {
    int signo = m.s32(0);
    int errno = m.s32(4);
    int code = m.s32(8);
    if (signo == 0) {
      return Value.struct();
    }
    List<Value.Field> f = new ArrayList<>(8);
    f.add(Value.field("si_signo", BasicTypes.signal(abi, signo)));
    f.add(Value.field("si_code", code(abi, signo, code)));
    if (errno != 0) {
      String name = io.github.jstrace.tables.Errno.name(errno);
      f.add(
          Value.field(
              "si_errno",
              name == null
                  ? Value.udec(errno & 0xffffffffL)
                  : new Value.Sym(errno, Value.Base.UDEC, new String[] {name}, 0, null, false)));
    }
    details(c, m, abi, signo, code, f);
    return new Value.Struct(f.toArray(new Value.Field[0]), false);
  }

  private static void details(
      DecodeContext c, MemoryView m, Abi abi, int signo, int code, List<Value.Field> f) {
    int word = abi.wordSize();
    int u = word == 8 ? 16 : 12;
    if (code <= 0) {
      fromUser(c, m, u, word, code, f);
      return;
    }
    switch (signo) {
      case SIGCHLD:
        sender(c, m, u, f);
        int status = m.s32(u + 8);
        f.add(
            Value.field(
                "si_status",
                code == CLD_EXITED ? Value.dec(status) : BasicTypes.signal(abi, status)));
        int times = u + (word == 8 ? 16 : 12);
        f.add(Value.field("si_utime", BasicTypes.ticks(m.load(times, word, true))));
        f.add(Value.field("si_stime", BasicTypes.ticks(m.load(times + word, word, true))));
        break;
      case SIGILL:
      case SIGTRAP:
      case SIGBUS:
      case SIGFPE:
      case SIGSEGV:
        fault(m, signo, code, u, word, f);
        break;
      case SIGIO:
        if (code <= POLL_HUP) {
          band(c, m, u, word, f);
        }
        break;
      case SIGSYS:
        call(m, abi, u, word, f);
        break;
      default:
        if (m.s64(u) != 0) {
          sender(c, m, u, f);
        }
        sigvalIfAny(m, u + 8, word, f);
        break;
    }
  }

  /** What a process sent, or the kernel on its behalf: code 0 and below. */
  private static void fromUser(
      DecodeContext c, MemoryView m, int u, int word, int code, List<Value.Field> f) {
    switch (code) {
      case SI_USER:
      case SI_TKILL:
        sender(c, m, u, f);
        break;
      case SI_TIMER:
        f.add(Value.field("si_timerid", Value.hex(m.u32(u))));
        f.add(Value.field("si_overrun", Value.dec(m.s32(u + 4))));
        sigval(m, u + 8, word, f);
        break;
      case SI_SIGIO:
        band(c, m, u, word, f);
        break;
      default:
        sender(c, m, u, f);
        sigvalIfAny(m, u + 8, word, f);
        break;
    }
  }

  private static void band(DecodeContext c, MemoryView m, int u, int word, List<Value.Field> f) {
    f.add(Value.field("si_band", Value.dec(m.load(u, word, true))));
    f.add(Value.field("si_fd", c.fd(m.s32(u + word))));
  }

  private static void call(MemoryView m, Abi abi, int u, int word, List<Value.Field> f) {
    f.add(Value.field("si_call_addr", Value.addr(m.load(u, word, false))));
    Abi callAbi = Abi.ofAuditArch(m.s32(u + word + 4));
    int number = m.s32(u + word);
    var call =
        callAbi == null ? null : io.github.jstrace.tables.SyscallTable.byNumber(callAbi, number);
    f.add(
        Value.field(
            "si_syscall",
            call == null
                ? Value.udec(number & 0xffffffffL)
                : Value.name(number, "__NR_" + call.name())));
    f.add(Value.field("si_arch", Sets.constant("audit_arch", abi, m.u32(u + word + 4))));
  }

  private static void fault(
      MemoryView m, int signo, int code, int u, int word, List<Value.Field> f) {
    f.add(Value.field("si_addr", Value.addr(m.load(u, word, false))));
    if (signo == SIGBUS && (code == BUS_MCEERR_AO || code == BUS_MCEERR_AR)) {
      f.add(Value.field("si_addr_lsb", Value.hex(m.u16(u + word))));
    } else if (signo == SIGSEGV && code == SEGV_BNDERR) {
      f.add(Value.field("si_lower", Value.addr(m.load(u + 2 * word, word, false))));
      f.add(Value.field("si_upper", Value.addr(m.load(u + 3 * word, word, false))));
    } else if (signo == SIGSEGV && code == SEGV_PKUERR) {
      f.add(Value.field("si_pkey", Value.udec(m.u32(u + 2 * word))));
    }
  }

  private static void sender(DecodeContext c, MemoryView m, int u, List<Value.Field> f) {
    f.add(Value.field("si_pid", c.pid(m.s32(u))));
    long uid = m.u32(u + 4);
    f.add(Value.field("si_uid", uid == 0xffffffffL ? Value.dec(-1) : Value.udec(uid)));
  }

  private static void sigvalIfAny(MemoryView m, int at, int word, List<Value.Field> f) {
    if (m.load(at, word, false) != 0) {
      sigval(m, at, word, f);
    }
  }

  private static void sigval(MemoryView m, int at, int word, List<Value.Field> f) {
    f.add(Value.field("si_int", Value.dec(m.s32(at))));
    f.add(Value.field("si_ptr", Value.addr(m.load(at, word, false))));
  }

  private static Value code(Abi abi, int signo, int code) {
    FlagSet own = FlagSets.get(ofSignal(abi, signo));
    String name = own == null ? null : own.nameOf(code, abi);
    if (name == null) {
      name = Sets.get("sigcode").nameOf(code, abi);
    }
    long raw = code & 0xffffffffL;
    return name == null
        ? new Value.Sym(raw, Value.Base.HEX, Value.NO_NAMES, raw, null, false)
        : Value.name(raw, name);
  }

  private static String ofSignal(Abi abi, int signo) {
    @Nullable String name = Signals.name(signo);
    return name == null
        ? "sigcode"
        : name.equals("SIGIO") ? "sigcode_sigpoll" : "sigcode_" + lower(name);
  }

  private static String lower(String s) {
    return s.toLowerCase(java.util.Locale.ROOT);
  }
}
