// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * Asks the installed strace how it prints system calls: a program without libc makes them one after
 * the other, and strace's fault injection keeps the kernel from executing any.
 */
final class StraceProbes {
  /** A call; up to six arguments. */
  record Call(long number, long... arguments) {}

  private static final String PROGRAM_64 =
      """
      .globl _start
      _start: lea probes(%rip), %rbx
      1: mov (%rbx), %rax
      cmp $-1, %rax
      je 2f
      mov 8(%rbx), %rdi
      mov 16(%rbx), %rsi
      mov 24(%rbx), %rdx
      mov 32(%rbx), %r10
      mov 40(%rbx), %r8
      mov 48(%rbx), %r9
      syscall
      add $56, %rbx
      jmp 1b
      2: ud2
      .section .rodata
      probes:
      """;

  private static final String PROGRAM_32 =
      """
      .globl _start
      _start: mov cursor, %eax
      mov 4(%eax), %ebx
      mov 8(%eax), %ecx
      mov 12(%eax), %edx
      mov 16(%eax), %esi
      mov 20(%eax), %edi
      mov 24(%eax), %ebp
      mov (%eax), %eax
      cmp $-1, %eax
      je 2f
      int $0x80
      addl $28, cursor
      jmp _start
      2: ud2
      .data
      cursor: .long probes
      probes:
      """;

  private StraceProbes() {}

  /**
   * One line of strace for each call, in order.
   *
   * @param inject values of strace's option {@code inject}; the last that fits a call decides
   */
  static List<String> lines(Path directory, Abi abi, List<Call> calls, String... inject) {
    Tools.need("strace");
    Tools.need("gcc");
    Assumptions.assumeTrue(
        "amd64".equals(System.getProperty("os.arch")), "the probes are x86 programs");
    build(directory, abi, calls);
    List<String> command = new ArrayList<>();
    command.addAll(List.of("sh", "-c", "ulimit -c 0; exec \"$@\"", "sh"));
    command.addAll(List.of("strace", "-o", "log", "-e", "raw=none"));
    for (String value : inject) {
      command.addAll(List.of("-e", "inject=" + value));
    }
    command.add("./probes");
    Tools.Result result = Tools.run(directory, command);
    List<String> lines = new ArrayList<>();
    boolean first = true;
    for (String line : Tools.read(directory.resolve("log")).split("\n")) {
      char c = line.charAt(0);
      if (c >= 'a' && c <= 'z' || c == '_') {
        if (!first) {
          lines.add(line);
        }
        first = false;
      }
    }
    assertEquals(calls.size(), lines.size(), () -> "strace: " + result.output());
    return lines;
  }

  private static void build(Path directory, Abi abi, List<Call> calls) {
    boolean wide = abi == Abi.X86_64;
    StringBuilder source = new StringBuilder(wide ? PROGRAM_64 : PROGRAM_32);
    String word = wide ? ".quad " : ".long ";
    for (Call call : calls) {
      source.append(word).append(call.number);
      for (int i = 0; i < 6; i++) {
        long value = i < call.arguments.length ? call.arguments[i] : 0;
        source.append(", ").append(wide ? value : (int) value);
      }
      source.append('\n');
    }
    source.append(word).append("-1\n");
    Tools.write(directory.resolve("probes.s"), source.toString());
    List<String> gcc = new ArrayList<>(List.of("gcc", wide ? "-m64" : "-m32"));
    gcc.addAll(List.of("-nostdlib", "-static", "-no-pie", "-o", "probes", "probes.s"));
    Tools.Result result = Tools.run(directory, gcc);
    assertEquals(0, result.status(), result::output);
  }

  /** The name of the call that a line shows. */
  static String name(String line) {
    return line.substring(0, line.indexOf('('));
  }

  /** The argument at a place, from 0; null if the line has fewer. */
  static @Nullable String argument(String line, int index) {
    int depth = 0;
    int place = 0;
    boolean quoted = false;
    int start = line.indexOf('(') + 1;
    for (int i = start; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quoted) {
        if (c == '\\') {
          i++;
        } else if (c == '"') {
          quoted = false;
        }
        continue;
      }
      boolean ends = depth == 0 && (c == ',' || c == ')');
      if (ends) {
        if (place == index) {
          return line.substring(start, i);
        }
        if (c == ')') {
          return null;
        }
        place++;
        start = i + 2;
      }
      switch (c) {
        case '"' -> quoted = true;
        case '(', '[', '{' -> depth++;
        case ')', ']', '}' -> depth--;
        default -> {}
      }
    }
    return null;
  }
}
