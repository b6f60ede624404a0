// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

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
  private static final int SIZE = 128;

  private static final int SI_USER = 0;
  private static final int SI_KERNEL = 0x80;
  private static final int SI_QUEUE = -1;
  private static final int SI_TIMER = -2;
  private static final int SI_MESGQ = -3;
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

  private final Abi abi;

  Siginfo(Abi abi, Direction direction) {
    super(abi, direction);
    this.abi = abi;
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
    if (signo == 0 && errno == 0 && code == 0) {
      return Value.struct();
    }
    List<Value.Field> f = new ArrayList<>(8);
    f.add(Value.field("si_signo", BasicTypes.signal(abi, signo)));
    f.add(Value.field("si_code", code(abi, signo, code)));
    if (errno != 0) {
      String name = io.github.jstrace.tables.Errno.name(errno);
      f.add(Value.field("si_errno", name == null ? Value.dec(errno) : Value.name(errno, name)));
    }
    details(c, m, abi, signo, code, f);
    return new Value.Struct(f.toArray(new Value.Field[0]), false);
  }

  private static void details(
      DecodeContext c, MemoryView m, Abi abi, int signo, int code, List<Value.Field> f) {
    int word = abi.wordSize();
    int u = word == 8 ? 16 : 12;
    if (code == SI_USER
        || code == SI_TKILL
        || code == SI_QUEUE
        || code == SI_MESGQ
        || code == SI_SIGIO && signo != SIGIO) {
      sender(c, m, u, f);
      if (m.load(u + 8, word, false) != 0) {
        sigval(m, u + 8, word, f);
      }
    } else if (code == SI_TIMER) {
      f.add(Value.field("si_timerid", Value.hex(m.u32(u))));
      f.add(Value.field("si_overrun", Value.dec(m.s32(u + 4))));
      sigval(m, u + 8, word, f);
    } else if (signo == SIGCHLD && code > 0) {
      sender(c, m, u, f);
      int status = m.s32(u + 8);
      f.add(
          Value.field(
              "si_status",
              code == CLD_EXITED ? Value.dec(status) : BasicTypes.signal(abi, status)));
      int times = u + (word == 8 ? 16 : 12);
      f.add(Value.field("si_utime", BasicTypes.ticks(m.load(times, word, true))));
      f.add(Value.field("si_stime", BasicTypes.ticks(m.load(times + word, word, true))));
    } else if (code == SI_KERNEL
        && signo != SIGSEGV
        && signo != SIGTRAP
        && signo != SIGBUS
        && signo != SIGILL
        && signo != SIGFPE) {
      // The kernel says no more, unless something is there all the same.
      if (m.s64(u) != 0) {
        sender(c, m, u, f);
      }
    } else if (signo == SIGILL
        || signo == SIGTRAP
        || signo == SIGBUS
        || signo == SIGFPE
        || signo == SIGSEGV) {
      fault(m, signo, code, u, word, f);
    } else if (signo == SIGIO && code > 0) {
      f.add(Value.field("si_band", Sets.flags("poll_events", abi, m.load(u, word, true))));
      f.add(Value.field("si_fd", c.fd(m.s32(u + word))));
    } else if (signo == SIGSYS && code > 0) {
      f.add(Value.field("si_call_addr", Value.addr(m.load(u, word, false))));
      Abi callAbi = Abi.ofAuditArch(m.s32(u + word + 4));
      int number = m.s32(u + word);
      var call =
          callAbi == null ? null : io.github.jstrace.tables.SyscallTable.byNumber(callAbi, number);
      f.add(
          Value.field(
              "si_syscall",
              call == null ? Value.dec(number) : Value.name(number, "__NR_" + call.name())));
      f.add(Value.field("si_arch", Sets.constant("audit_arch", abi, m.u32(u + word + 4))));
    } else if (m.s64(u) != 0 || m.load(u + 8, word, false) != 0) {
      sender(c, m, u, f);
      sigval(m, u + 8, word, f);
    }
  }

  private static void fault(
      MemoryView m, int signo, int code, int u, int word, List<Value.Field> f) {
    f.add(Value.field("si_addr", Value.addr(m.load(u, word, false))));
    if (signo == SIGBUS && (code == BUS_MCEERR_AO || code == BUS_MCEERR_AR)) {
      f.add(Value.field("si_addr_lsb", Value.udec(m.u16(u + word))));
    } else if (signo == SIGSEGV && code == SEGV_BNDERR) {
      f.add(Value.field("si_lower", Value.addr(m.load(u + 2 * word, word, false))));
      f.add(Value.field("si_upper", Value.addr(m.load(u + 3 * word, word, false))));
    } else if (signo == SIGSEGV && code == SEGV_PKUERR) {
      f.add(Value.field("si_pkey", Value.udec(m.u32(u + 2 * word))));
    }
  }

  private static void sender(DecodeContext c, MemoryView m, int u, List<Value.Field> f) {
    f.add(Value.field("si_pid", c.pid(m.s32(u))));
    f.add(Value.field("si_uid", Value.udec(m.u32(u + 4))));
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
    return name == null
        ? new Value.Sym(code & 0xffffffffL, Value.Base.HEX, Value.NO_NAMES, code, null, false)
        : new Value.Sym(code, Value.Base.DEC, new String[] {name}, 0, null, false);
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
