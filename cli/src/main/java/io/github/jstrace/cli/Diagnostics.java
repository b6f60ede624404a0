// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.decode.DecodedCall;
import io.github.jstrace.core.sink.Output;
import io.github.jstrace.core.sink.Sink;
import io.github.jstrace.linux.Errno;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.SyscallInfo;
import io.github.jstrace.linux.WaitStatus;
import io.github.jstrace.ptrace.StopObserver;
import io.github.jstrace.tables.Signals;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * What {@code -d} shows on stderr: with which options threads are traced, every status that
 * wait4(2) returned, which threads came and went, numbers that no system call has. In strace's
 * words, as bug reports quote them.
 */
final class Diagnostics implements Sink, StopObserver {
  private static final String[] EVENTS = {
    "", "FORK", "VFORK", "CLONE", "EXEC", "VFORK_DONE", "EXIT", "SECCOMP"
  };

  private static final int EVENT_STOP = 128;

  private final Output stderr;
  private final Set<Integer> threads = new HashSet<>();

  Diagnostics(Output stderr) {
    this.stderr = stderr;
  }

  private void say(String message) {
    byte[] line = (Console.name() + ": " + message + "\n").getBytes(StandardCharsets.ISO_8859_1);
    stderr.write(line, 0, line.length);
    stderr.flush();
  }

  @Override
  public void options(int ptraceOptions) {
    say("ptrace_setoptions = 0x" + Integer.toHexString(ptraceOptions));
    // jstrace needs it: where it is missing, that is said at the first stop, and is the end
    say("PTRACE_GET_SYSCALL_INFO " + (hasSyscallInfo() ? "works" : "does not work"));
  }

  @Override
  public void reported(int tid, int status) {
    String number = Integer.toHexString(status);
    String padding = "0".repeat(Math.max(0, 6 - number.length()));
    say("[wait(0x" + padding + number + ") = " + tid + "] " + text(status));
    if (threads.add(tid)) {
      say("new tcb for pid " + tid + ", active tcbs:" + threads.size());
    }
    if (WaitStatus.exited(status) || WaitStatus.killed(status)) {
      threads.remove(tid);
      say("dropped tcb for pid " + tid + ", " + threads.size() + " remain");
    }
  }

  /**
   * Whether the kernel has the request, which came with Linux 5.3: it looks for the tracee first,
   * and so refuses what nobody traces by ESRCH. Sandboxes may forbid it by another error.
   */
  private static boolean hasSyscallInfo() {
    String[] release = System.getProperty("os.version", "").split("\\.");
    long major = Numbers.unsigned(release[0], 1000);
    long minor = release.length < 2 ? 0 : Numbers.unsigned(release[1], 1000);
    return (major > 5 || (major == 5 && minor >= 3))
        && new SyscallInfo(Libc.get()).fetch(0) == -Errno.ESRCH;
  }

  private static String text(int status) {
    if (WaitStatus.exited(status)) {
      return "WIFEXITED,exitcode=" + WaitStatus.exitCode(status);
    }
    if (WaitStatus.killed(status)) {
      return "WIFSIGNALED,sig="
          + signal(WaitStatus.termSignal(status))
          + (WaitStatus.coreDumped(status) ? " (core dumped)" : "");
    }
    if (!WaitStatus.stopped(status)) {
      return WaitStatus.continued(status) ? "WIFCONTINUED" : "";
    }
    int event = WaitStatus.ptraceEvent(status);
    String text = "WIFSTOPPED,sig=" + signal(WaitStatus.stopSignal(status));
    if (event == 0) {
      return text;
    }
    String name = event == EVENT_STOP ? "STOP" : event < EVENTS.length ? EVENTS[event] : "???";
    return text + ",EVENT_" + name + " (" + event + ")";
  }

  private static String signal(int number) {
    String name = Signals.name(number);
    return name == null ? Integer.toString(number) : name;
  }

  @Override
  public void callEntered(Tracee tracee, DecodedCall call) {
    if (!call.known()) {
      String number = Long.toHexString(tracee.number());
      say("pid " + tracee.tid() + " invalid syscall 0x" + number);
    }
  }

  @Override
  public boolean wantsValues() {
    return true; // or there are no entries
  }

  @Override
  public boolean wantsEntries() {
    return true;
  }
}
