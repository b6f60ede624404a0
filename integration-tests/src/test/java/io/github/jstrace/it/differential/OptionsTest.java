// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Options that select calls or show more of them: every line is strace's. */
@Tag("any-java")
class OptionsTest {
  /** Of these two strace compares one path only, and not the other that {@code -P} may mean. */
  private static final Pattern TOLERATED = Pattern.compile("^(set_tid_address|symlink|rename)\\(");

  private static final String[] ON_THE_FIXTURE = {
    "-e read=all -e write=all -e trace=%desc",
    "-e r=3,5 -e write=1",
    "-e reads=!3 --write=!1",
    "--read=none -e w=5,4",
    "-e trace=read -e write=1",
    "-P /etc/passwd",
    "-P /etc/passwd -y",
    "-P /etc/passwd -e read=3",
    "-P link",
    "-P other -P third",
    "--trace-path=/dev/null",
    "-P /etc/passwd -e trace=%desc",
    "-P /etc/passwd -e trace=!read -z",
    "-P /etc/passwd -e inject=read:error=EIO",
    "-P /nonexistent",
    "-qqq -P .",
    "-P . -e quiet=path-resolution",
  };

  private static final String[][] ON_PROGRAMS = {
    {"cat", "-P /etc/passwd"},
    {"cat", "-e read=3 -e write=1"},
    {"ls", "-P /etc"},
    {"ls", "-e write=1 -e trace=write"},
    {"python3", "-f -P / -e trace=!readlink"},
  };

  /** What has no name is shown whatever was asked for. */
  private static final String[] ON_UNKNOWN_NUMBERS = {
    "-e trace=%file",
    "-e trace=none -n",
    "-e trace=!read",
    "-e trace=getpid@x32",
    "-e trace=!%desc@32,getpid",
    "-e trace=none -e inject=all:retval=7",
    "-e trace=/^get -z",
    "-f -e trace=none -e status=failed -e raw=all",
    "-P /etc/passwd",
  };

  static List<Arguments> cases() {
    List<Arguments> out = new ArrayList<>();
    for (String options : ON_THE_FIXTURE) {
      out.add(Arguments.of(Subjects.fixture("transfers"), options));
    }
    out.add(Arguments.of(Subjects.fixture("i386"), "-f -e read=all -e write=all -e trace=%desc"));
    out.add(Arguments.of(Subjects.fixture("i386"), "-f -P file32"));
    out.add(Arguments.of(Subjects.fixture("netlink"), "-Y -e trace=bind"));
    for (String options : ON_UNKNOWN_NUMBERS) {
      out.add(Arguments.of(Subjects.fixture("unknown"), options));
    }
    for (String[] program : ON_PROGRAMS) {
      Subject subject = Subjects.programs().get(program[0]);
      if (subject != null) {
        out.add(Arguments.of(subject, program[1]));
      }
    }
    return out;
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void everyLine(Subject subject, String options) throws Exception {
    SameLines.check(subject, options, TOLERATED);
  }
}
