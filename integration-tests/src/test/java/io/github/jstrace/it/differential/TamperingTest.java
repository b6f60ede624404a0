// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code -e inject=} and {@code -e fault=}: the trace is strace's, and so is what the program does.
 */
@Tag("any-java")
class TamperingTest {
  private static final String CALLS = "-e trace=chdir,getcwd,openat,read,nanosleep,dup2,exit_group";

  private static final String[] ON_THE_FIXTURE = {
    "inject=chdir:error=EPERM",
    "inject=chdir:error=EPERM:when=2..5+2",
    "inject=chdir:error=4095:when=+2",
    "inject=chdir:retval=0x10:when=2+3",
    "inject=chdir:retval=-1:when=1..1",
    "inject=chdir,getcwd:retval=0xfffffffffffff000",
    "inject=read:retval=3",
    "inject=chdir:signal=USR1:when=1..2",
    "inject=chdir:error=ENOENT:signal=10:when=2",
    "inject=nanosleep:signal=USR1",
    "inject=chdir:delay_enter=1000:when=2",
    "inject=chdir:delay_exit=1.5ms:when=2+",
    "inject=chdir:delay_enter=1ms:error=EPERM:delay_exit=2ms:when=2",
    "inject=chdir:delay_exit=2ms:signal=USR1:when=2",
    "inject=chdir:syscall=getpid:error=EIO:when=2",
    "inject=chdir:syscall=getuid:retval=3:when=2",
    "inject=chdir:syscall=getuid:error=EIO:delay_exit=1000:signal=USR1:when=2",
    "inject=chdir:syscall=getpid:retval=5:delay_exit=1ms:poke_enter=@arg1=2e00:when=2+2",
    "inject=chdir:error=EPERM:when=2 -e inject=chdir:retval=4:when=3 -e inject=read:error=EIO",
    "inject=chdir:error=EPERM -e inject=getcwd:poke_exit=@arg1=2f00 -e inject=read:delay_exit=1ms",
    "inject=chdir:signal=USR1:when=2 -e inject=nanosleep:error=EINVAL -e fault=openat:when=2",
    "inject=getcwd:poke_exit=@arg1=2f00",
    "inject=getcwd:poke_exit=@arg1=2f00,@arg2=00",
    "inject=chdir:poke_enter=@arg1=2e00:when=2",
    "inject=chdir:poke_enter=@arg2=2e00:when=2",
    "inject=getcwd:poke_enter=@arg1=00:error=EIO",
    "inject=exit_group:error=EIO:when=1",
    "inject=openat:error=ENOSPC:when=3",
    "inject=dup2:error=ERESTARTSYS",
    "inject=!chdir,%memory,read,openat:retval=0:when=3",
    "fault=chdir:when=3",
    "fault=chdir:error=ENOMEM:when=3 -e inject=chdir:retval=7:when=4",
    "fault=chdir:error=ENOMEM:when=3 -e inject=getcwd:retval=7",
    "fault=chdir -z",
    "fault=chdir -Z",
    "fault=none:error=EIO",
    "fault=write",
  };

  private static final String[] ON_I386 = {
    "inject=getpid:error=EIO",
    "inject=openat,open:retval=7 -e trace=openat,open,write",
    "inject=getuid,getuid32,geteuid32:retval=-5",
    "inject=getuid,getuid32:retval=0xffffffff",
    "fault=%desc:when=2+",
    "inject=write:poke_enter=@arg2=414243 -e trace=write",
    "inject=socket,sendmsg:error=ENOBUFS -e trace=%network",
    "inject=socket:retval=5 -e trace=%network",
    "inject=getpid:syscall=getuid:error=EIO:delay_enter=100",
  };

  private static final String[][] ON_PROGRAMS = {
    {"cat", "inject=openat:error=ENOSPC:when=3"},
    {"cat", "inject=read:retval=0:when=2+"},
    {"cat", "inject=write:error=ENOSPC"},
    {"ls", "inject=getdents64:error=EIO"},
    {"ls", "fault=statx,lstat,newfstatat:error=EACCES:when=2+3"},
    {"ls", "inject=mmap:error=ENOMEM:when=1"},
  };

  static List<Arguments> cases() {
    List<Arguments> ofTheFixture = new ArrayList<>();
    for (String what : ON_THE_FIXTURE) {
      ofTheFixture.add(Arguments.of(Subjects.fixture("tampered"), "-f " + CALLS + " -e " + what));
    }
    ofTheFixture.add(Arguments.of(Subjects.fixture("tampered"), "-e trace=chdir -e fault=chdir"));
    List<Arguments> out = new ArrayList<>();
    for (String what : ON_I386) {
      // An strace for x86-64 shows an address where these two put a struct.
      out.add(
          Arguments.of(Subjects.fixture("i386"), "-f -e trace=!olduname,oldolduname -e " + what));
      out.add(Arguments.of(Subjects.fixture("int80"), "-f -e " + what));
    }
    for (String[] program : ON_PROGRAMS) {
      Subject subject = Subjects.programs().get(program[0]);
      if (subject != null) {
        out.add(Arguments.of(subject, "-f -e " + program[1]));
      }
    }
    // neighbours may run at the same time, and one subject does not
    for (int i = 0; i < ofTheFixture.size(); i++) {
      out.add(Math.min(2 * i, out.size()), ofTheFixture.get(i));
    }
    return out;
  }

  @Execution(ExecutionMode.CONCURRENT)
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void tampers(Subject subject, String options) throws Exception {
    SameLines.check(subject, options, SameLines.NONE);
  }
}
