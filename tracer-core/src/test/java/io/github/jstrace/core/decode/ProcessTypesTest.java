// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.core.text.TextBuffer;
import io.github.jstrace.core.text.TextOptions;
import io.github.jstrace.core.text.TextRenderer;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.SyscallTable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * Arguments of processes, memory and signals: the text is that of strace 6.1 for the same bytes.
 */
class ProcessTypesTest {
  private static final long BASE = 0x10000;

  private final ByteBuffer memory = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);

  /** A call, with the arguments and the result as text. */
  private String call(Abi abi, String name, long result, long... args) {
    TraceeMemory reader =
        (address, into, offset, length) -> {
          if (address < BASE || address >= BASE + memory.capacity()) {
            return 0;
          }
          int from = (int) (address - BASE);
          int count = Math.min(length, memory.capacity() - from);
          System.arraycopy(memory.array(), from, into, offset, count);
          return count;
        };
    Tracee tracee = new Tracee(1, 1, reader);
    tracee.enter(abi, SyscallTable.byName(name).get(0).number(abi), 0, 0, 0, 0);
    for (int i = 0; i < args.length; i++) {
      tracee.setArg(i, args[i]);
    }
    if (abi.multiplexes(tracee.number())) {
      Subcalls.resolve(tracee);
    }
    SyscallDecoder decoder = new SyscallDecoder(new DecodeOptions(), FdResolver.NONE);
    SyscallDecoder.State state = decoder.newState(tracee);
    decoder.enter(state);
    tracee.exit(result, result < 0 && result > -4096 ? (int) -result : 0, 1, 1);
    decoder.exit(state);
    TextBuffer out = new TextBuffer();
    TextRenderer renderer = new TextRenderer(out, new TextOptions());
    DecodedCall decoded = state.call();
    out.ascii(decoded.name()).raw('(');
    boolean any = false;
    for (int i = 0; i < decoded.argCount(); i++) {
      if (decoded.arg(i) instanceof Value.Omitted) {
        continue;
      }
      out.ascii(any ? ", " : "");
      any = true;
      renderer.render(decoded.arg(i), true);
    }
    out.ascii(") = ");
    Value value = decoded.result();
    if (value != null) {
      renderer.render(value, true);
    }
    Value note = decoded.note();
    if (note != null) {
      out.ascii(" (");
      renderer.renderNote(note, true);
      out.raw(')');
    }
    return new String(out.array(), 0, out.length(), StandardCharsets.UTF_8);
  }

  @Test
  void nodeMasksAreOneBitShorterThanTheyAreSaidToBe() {
    memory.putLong(0, 1).putLong(8, 5);
    assertEquals(
        "set_mempolicy(MPOL_BIND, [0x00000000000001], 65) = 0",
        call(Abi.X86_64, "set_mempolicy", 0, 2, BASE, 65));
    assertEquals(
        "set_mempolicy(MPOL_BIND|MPOL_F_STATIC_NODES, [0x00000000000001, 0x00000000000005], 128)"
            + " = 0",
        call(Abi.X86_64, "set_mempolicy", 0, 0x8002, BASE, 128));
    assertEquals(
        "set_mempolicy(MPOL_DEFAULT, NULL, 0) = 0", call(Abi.X86_64, "set_mempolicy", 0, 0, 0, 0));
  }

  @Test
  void residentPages() {
    memory.put(0, (byte) 0xff);
    assertEquals(
        "mincore(0x7f66f86b9000, 4097, [1, 0]) = 0",
        call(Abi.X86_64, "mincore", 0, 0x7f66f86b9000L, 4097, BASE));
  }

  @Test
  void segmentDescriptors() {
    memory.putInt(0, 12).putInt(4, 0x1000).putInt(8, 0xfffff).putInt(12, 0x51);
    String desc =
        "base_addr=0x001000, limit=0x0fffff, seg_32bit=1, contents=0, read_exec_only=0,"
            + " limit_in_pages=1, seg_not_present=0, useable=1}";
    assertEquals(
        "set_thread_area({entry_number=12, " + desc + ") = 0 (entry_number=12)",
        call(Abi.I386, "set_thread_area", 0, BASE));
    assertEquals(
        "get_thread_area({entry_number=12, " + desc + ") = 0",
        call(Abi.I386, "get_thread_area", 0, BASE));
    assertEquals(
        "modify_ldt(17, 0x10000, 15) = 4294967274 EINVAL (Invalid argument)",
        call(Abi.X86_64, "modify_ldt", 4294967274L, 0x11, BASE, 15));
  }

  @Test
  void callsMadeThroughSocketcallAndIpc() {
    memory.putInt(0, 1).putInt(4, 1).putInt(8, 0);
    assertEquals("socket(AF_UNIX, SOCK_STREAM, 0) = 3", call(Abi.I386, "socketcall", 3, 1, BASE));
    assertEquals("socketcall(SYS_SOCKET, 0x5) = -14", call(Abi.I386, "socketcall", -14, 1, 5));
    assertEquals("socketcall(99, NULL) = -22", call(Abi.I386, "socketcall", -22, 99, 0));
    assertEquals("semget(0x63, 1, 002) = -2", call(Abi.I386, "ipc", -2, 0x20002, 0x63, 1, 2, 0, 0));
    assertEquals(
        "ipc(77, 0x63, 0x1, 0x2, 0, 0) = -38", call(Abi.I386, "ipc", -38, 77, 0x63, 1, 2, 0, 0));
    memory.putInt(0, 5);
    assertEquals(
        "semctl(99, 0, SETVAL, [0x5]) = -22", call(Abi.I386, "ipc", -22, 3, 99, 0, 16, BASE));
  }

  @Test
  void signalsThatProcessesQueue() {
    memory.putInt(0, 34).putInt(8, -77).putInt(16, 1).putInt(20, 2);
    String start = "rt_sigqueueinfo(7, SIGRT_2, {si_signo=SIGRT_2, si_code=0xffffffb3, ";
    assertEquals(
        start + "si_pid=1, si_uid=2}) = 0", call(Abi.X86_64, "rt_sigqueueinfo", 0, 7, 34, BASE));
    memory.putLong(24, 0x1234);
    assertEquals(
        start + "si_pid=1, si_uid=2, si_int=4660, si_ptr=0x1234}) = 0",
        call(Abi.X86_64, "rt_sigqueueinfo", 0, 7, 34, BASE));
  }

  @Test
  void unknownPartOfCloneArguments() {
    memory.putLong(32, 99).put(88, (byte) 5);
    assertEquals(
        "clone3({flags=0, exit_signal=99, stack=NULL, stack_size=0, /* bytes 88..95 */"
            + " \"\\x05\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"}, 96) = -7",
        call(Abi.X86_64, "clone3", -7, BASE, 96));
  }

  @Test
  void offsetsOfRegisters() {
    assertEquals(
        "ptrace(PTRACE_PEEKUSER, 9, 8*R14, NULL) = -3", call(Abi.X86_64, "ptrace", -3, 3, 9, 8, 0));
    assertEquals(
        "ptrace(PTRACE_PEEKUSER, 9, offsetof(struct user, i387)+12, NULL) = -3",
        call(Abi.X86_64, "ptrace", -3, 3, 9, 236, 0));
  }

  @Test
  void bpfAttributesThatAreCutShort() {
    memory.putInt(0, 1).putInt(4, 4).putInt(8, 8).putInt(12, 16);
    assertEquals(
        "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4, value_size=0,"
            + " max_entries=0}, 8) = -22",
        call(Abi.X86_64, "bpf", -22, 0, BASE, 8));
  }

  /** What is cut has to go on: the memory ends at BASE + 4096. */
  @Test
  void whatIsCutHasToGoOn() {
    long end = BASE + 4096;
    assertEquals(
        "write(1, 0x" + Long.toHexString(end - 32) + ", 33) = 33",
        call(Abi.X86_64, "write", 33, 1, end - 32, 33));
    memory.putInt(4088, 5).putInt(4092, 6);
    assertEquals(
        "setgroups(3, [5, 6, ... /* 0x11000 */]) = 0",
        call(Abi.X86_64, "setgroups", 0, 3, end - 8));
    assertTrue(
        call(Abi.X86_64, "setgroups", 0, 33, end - 128)
            .endsWith(" 0, 5, 6, ... /* 0x11000 */]) = 0"));
  }

  @Test
  void resultsOfPrctlHaveNames() {
    assertEquals(
        "prctl(PR_SVE_SET_VL, PR_SVE_SET_VL_ONEXEC|0x80000|0x10)"
            + " = 0x20010 (PR_SVE_VL_INHERIT|0x10)",
        call(Abi.X86_64, "prctl", 0x20010, 50, 0xc0010));
    assertEquals("prctl(PR_SVE_GET_VL) = 0x40", call(Abi.X86_64, "prctl", 0x40, 51));
    assertEquals(
        "prctl(PR_PAC_GET_ENABLED_KEYS, 0, 0, 0, 0) = 0x12 (PR_PAC_APIBKEY|0x10)",
        call(Abi.X86_64, "prctl", 0x12, 61, 0, 0, 0, 0));
    assertEquals(
        "prctl(PR_GET_TAGGED_ADDR_CTRL, 0, 0, 0, 0)"
            + " = 0x2a (!PR_TAGGED_ADDR_ENABLE|PR_MTE_TCF_SYNC|0x5<<PR_MTE_TAG_SHIFT)",
        call(Abi.X86_64, "prctl", 0x2a, 56, 0, 0, 0, 0));
    assertEquals(
        "prctl(PR_GET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS) = 0 (PR_SPEC_NOT_AFFECTED)",
        call(Abi.X86_64, "prctl", 0, 52, 0));
  }

  @Test
  void selectSaysThatNothingIsLeft() {
    assertEquals(
        "select(1, [], NULL, NULL, NULL) = 1 ()", call(Abi.X86_64, "select", 1, 1, BASE, 0, 0, 0));
  }
}
