// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.core.decode.CallBuilder;
import io.github.jstrace.core.decode.FdResolver;
import io.github.jstrace.core.sink.Messages;
import io.github.jstrace.core.sink.Output;
import io.github.jstrace.core.sink.ThreadOutputs;
import io.github.jstrace.core.text.TextOptions.PidPrefix;
import io.github.jstrace.core.text.TextOptions.Precision;
import io.github.jstrace.core.text.TextOptions.Timestamps;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The expected lines are those of strace 6.1 for such programs, with pids as in the test. */
class TextSinkTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final Output stderr = new Output(bytes, "stderr", true, message -> {});
  private final Messages messages = new Messages("strace", stderr, false);
  private final Tracee parent = new Tracee(18126, 18126, TraceeMemory.NONE);
  private final Tracee child = new Tracee(18127, 18127, TraceeMemory.NONE);

  private TextSink sink(TextOptions options) {
    return new TextSink(options, stderr, messages, FdResolver.NONE);
  }

  private String text() {
    return bytes.toString(ISO_8859_1);
  }

  private static void enter(Tracee tracee, int number) {
    tracee.enter(Abi.X86_64, number, 0x7f71fe6d64f7L, 0, 1_000_000_000L, 0);
  }

  private static void exit(Tracee tracee, long result, int errno) {
    tracee.exit(result, errno, 1_000_011_999L, 0);
  }

  private void whole(
      TextSink sink,
      Tracee tracee,
      int number,
      CallBuilder call,
      long result,
      int errno,
      Value... more) {
    enter(tracee, number);
    sink.callEntered(tracee, call.entry());
    exit(tracee, result, errno);
    sink.callExited(tracee, call.exit(errno == 0 ? Value.dec(result) : null, null, more));
  }

  @Test
  void resultsAreAligned() {
    TextSink sink = sink(new TextOptions());
    sink.attached(parent, 0);
    whole(sink, parent, 110, new CallBuilder("getppid", false), 18123, 0);
    Value path = new Value.Str("/tmp/\1x\n>".getBytes(ISO_8859_1), false, true, true);
    whole(sink, parent, 80, new CallBuilder("chdir", false, path), -2, 2);
    whole(
        sink,
        parent,
        1,
        new CallBuilder(
            "write", false, Value.dec(1), Value.addr(0x7ffc37334f10L), Value.dec(12345678)),
        -14,
        14);
    assertEquals(
        """
        getppid()                               = 18123
        chdir("/tmp/\\1x\\n>")                    = -1 ENOENT (No such file or directory)
        write(1, 0x7ffc37334f10, 12345678)      = -1 EFAULT (Bad address)
        """,
        text());
  }

  @Test
  void callsOfSeveralProcesses() {
    TextSink sink = sink(new TextOptions());
    sink.attached(parent, 0);
    CallBuilder clone =
        new CallBuilder("clone", true, new Value.Labelled("child_stack", Value.NULL));
    enter(parent, 56);
    sink.callEntered(parent, clone.entry());
    sink.attached(child, 18126);
    exit(parent, 18127, 0);
    sink.callExited(
        parent,
        clone.exit(
            Value.dec(18127),
            null,
            new Value.Labelled("child_tidptr", Value.addr(0x7fb870c68a10L))));
    CallBuilder robust =
        new CallBuilder("set_robust_list", false, Value.addr(0x7fb870c68a20L), Value.dec(24));
    enter(child, 273);
    sink.callEntered(child, robust.entry());
    CallBuilder wait = new CallBuilder("wait4", true, Value.dec(18127));
    enter(parent, 61);
    sink.callEntered(parent, wait.entry());
    exit(child, 0, 0);
    sink.callExited(child, robust.exit(Value.dec(0), null));
    CallBuilder exitGroup = new CallBuilder("exit_group", false, Value.dec(7));
    enter(child, 231);
    sink.callEntered(child, exitGroup.entry());
    child.abandon(1_000_020_000L);
    sink.callExited(child, exitGroup.exit(null, null));
    sink.exited(child, 7);
    exit(parent, 18127, 0);
    Value status = Value.array(new Value.Text("WIFEXITED(s) && WEXITSTATUS(s) == 7", 0x700));
    sink.callExited(parent, wait.exit(Value.dec(18127), null, status, Value.dec(0), Value.NULL));
    sink.signalled(parent, 17, Value.struct(Value.field("si_signo", Value.name(17, "SIGCHLD"))));
    sink.stopped(parent, 20);
    sink.killed(parent, 11, true);
    sink.finished();
    assertEquals(
        """
        clone(child_stack=NULLstrace: Process 18127 attached
        , child_tidptr=0x7fb870c68a10) = 18127
        [pid 18127] set_robust_list(0x7fb870c68a20, 24 <unfinished ...>
        [pid 18126] wait4(18127,  <unfinished ...>
        [pid 18127] <... set_robust_list resumed>) = 0
        [pid 18127] exit_group(7)               = ?
        [pid 18127] +++ exited with 7 +++
        <... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 7}], 0, NULL) = 18127
        --- SIGCHLD {si_signo=SIGCHLD} ---
        --- stopped by SIGTSTP ---
        +++ killed by SIGSEGV (core dumped) +++
        """
            .replace(
                "[{WIFEXITED(s) && WEXITSTATUS(s) == 7}]", "[WIFEXITED(s) && WEXITSTATUS(s) == 7]"),
        text());
  }

  @Test
  void changedArgumentOfClone3() {
    TextSink sink = sink(new TextOptions());
    Value before = Value.struct(Value.field("exit_signal", Value.dec(0)));
    CallBuilder call = new CallBuilder("clone3", true, before);
    enter(parent, 435);
    sink.callEntered(parent, call.entry());
    sink.attached(child, 18126);
    exit(parent, 18127, 0);
    Value after = Value.struct(Value.field("parent_tid", Value.array(Value.dec(18127))));
    call.changed(new Value.Changed(before, after));
    sink.callExited(parent, call.exit(Value.dec(18127), null, Value.dec(88)));
    assertEquals(
        "clone3({exit_signal=0}strace: Process 18127 attached\n"
            + " => {parent_tid=[18127]}, 88) = 18127\n",
        text());
  }

  @Test
  void idsIfSeveralThreadsWereAttached() {
    CallBuilder call = new CallBuilder("getppid", true);
    for (int threads = 1; threads <= 2; threads++) {
      TextSink sink = sink(new TextOptions().setPidPrefix(PidPrefix.IF_SEVERAL_ATTACHED));
      sink.processAttached(parent.tid(), threads);
      whole(sink, parent, 110, call, 1, 0);
    }
    assertEquals(
        """
        getppid()                               = 1
        18126 getppid()                         = 1
        """,
        text());
  }

  @Test
  void execveOfAnotherThread() {
    TextSink sink = sink(new TextOptions().setPidPrefix(PidPrefix.ALWAYS));
    CallBuilder exec = new CallBuilder("execve", false, Value.NULL);
    enter(child, 59);
    sink.callEntered(child, exec.entry());
    CallBuilder read = new CallBuilder("read", true, Value.dec(3));
    enter(parent, 0);
    sink.callEntered(parent, read.entry());
    parent.abandon(0);
    sink.callExited(parent, read.exit(null, null));
    sink.superseded(parent, child.tid());
    parent.takeCallOf(child);
    exit(parent, 0, 0);
    sink.callExited(parent, exec.exit(Value.dec(0), null));
    assertEquals(
        """
        18127 execve(NULL <unfinished ...>
        18126 read(3,  <unfinished ...>)        = ?
        18126 +++ superseded by execve in pid 18127 +++
        18126 <... execve resumed>)             = 0
        """,
        text());
  }

  @Test
  void execveOfAnotherThreadWhileTheLeaderIsGone() {
    TextSink sink = sink(new TextOptions().setPidPrefix(PidPrefix.ALWAYS));
    CallBuilder end = new CallBuilder("exit", false, Value.dec(42));
    enter(parent, 60);
    sink.callEntered(parent, end.entry());
    parent.abandon(0);
    sink.callExited(parent, end.exit(null, null));
    CallBuilder exec = new CallBuilder("execve", false, Value.NULL);
    enter(child, 59);
    sink.callEntered(child, exec.entry());
    sink.superseded(parent, child.tid());
    parent.takeCallOf(child);
    exit(parent, 0, 0);
    sink.callExited(parent, exec.exit(Value.dec(0), null));
    assertEquals(
        """
        18126 exit(42)                          = ?
        18127 execve(NULL <pid changed to 18126 ...>
        18126 +++ superseded by execve in pid 18127 +++
        18126 <... execve resumed>)             = 0
        """,
        text());
  }

  @Test
  void filesOfTheirOwn() {
    Map<Integer, ByteArrayOutputStream> files = new HashMap<>();
    ThreadOutputs outputs =
        tid -> {
          ByteArrayOutputStream file = new ByteArrayOutputStream();
          files.put(tid, file);
          return new Output(file, "file." + tid, false, message -> {});
        };
    TextSink sink =
        new TextSink(
            new TextOptions().setPidPrefix(PidPrefix.NEVER), outputs, messages, FdResolver.NONE);
    CallBuilder exec = new CallBuilder("execve", false, Value.NULL);
    enter(child, 59);
    sink.callEntered(child, exec.entry());
    CallBuilder read = new CallBuilder("read", true, Value.dec(3));
    enter(parent, 0);
    sink.callEntered(parent, read.entry());
    parent.abandon(0);
    sink.callExited(parent, read.exit(null, null));
    sink.superseded(parent, child.tid());
    parent.takeCallOf(child);
    exit(parent, 0, 0);
    sink.callExited(parent, exec.exit(Value.dec(0), null));
    sink.exited(parent, 0);
    sink.finished();
    assertEquals(
        """
        read(3,  <unfinished ...>)              = ?
        +++ superseded by execve in pid 18127 +++
        <... execve resumed>)                   = 0
        +++ exited with 0 +++
        """,
        String.valueOf(files.get(18126)));
    assertEquals("execve(NULL <pid changed to 18126 ...>\n", String.valueOf(files.get(18127)));
  }

  @Test
  void detached() {
    TextSink sink = sink(new TextOptions());
    CallBuilder read = new CallBuilder("read", true, Value.dec(3));
    enter(parent, 0);
    sink.callEntered(parent, read.entry());
    sink.detached(parent);
    sink.finished();
    assertEquals("read(3, strace: Process 18126 detached\n <detached ...>\n", text());
  }

  @Test
  void beginningsOfLines() {
    TextOptions options =
        new TextOptions()
            .setSyscallNumber(true)
            .setInstructionPointer(true)
            .setRelativeTimestamps(true, Precision.US)
            .setSyscallTimes(true, Precision.US);
    TextSink sink = sink(options);
    whole(sink, parent, 110, new CallBuilder("getppid", false), 18288, 0);
    sink.exited(parent, 0);
    List<String> lines = text().lines().toList();
    assertEquals(
        "     0.000000 [ 110] [00007f71fe6d64f7] getppid() = 18288 <0.000011>", lines.get(0));
    assertEquals(
        "[ 110] [????????????????] +++ exited with 0 +++",
        lines.get(1).replaceFirst("^ *[0-9.]+ ", ""));
  }

  @Test
  void timesOfLines() {
    for (Precision precision : Precision.values()) {
      bytes.reset();
      TextSink sink =
          sink(new TextOptions().setTimestamps(Timestamps.UNIX, precision).setColumn(0));
      parent.enter(Abi.X86_64, 110, 0, 0, System.nanoTime(), 0);
      CallBuilder call = new CallBuilder("getppid", false);
      sink.callEntered(parent, call.entry());
      parent.exit(1, 0, System.nanoTime(), 0);
      sink.callExited(parent, call.exit(Value.dec(1), null));
      String[] words = text().split(" ", 2);
      assertEquals("getppid() = 1\n", words[1]);
      int point = words[0].indexOf('.');
      assertEquals(precision.digits(), point < 0 ? 0 : words[0].length() - point - 1);
      double seconds = Double.parseDouble(words[0]);
      assertEquals(System.currentTimeMillis() / 1e3, seconds, 2);
    }
  }

  @Test
  void otherAbi() {
    TextSink sink = sink(new TextOptions());
    CallBuilder call = new CallBuilder("getpid", false);
    parent.enter(Abi.I386, 20, 0, 0, 0, 0);
    sink.callEntered(parent, call.entry());
    exit(parent, 18126, 0);
    sink.callExited(parent, call.exit(Value.dec(18126), null));
    whole(sink, parent, 110, new CallBuilder("getppid", false), 1, 0);
    assertEquals(
        """
        [ Process PID=18126 runs in 32 bit mode. ]
        getpid()                                = 18126
        [ Process PID=18126 runs in 64 bit mode. ]
        getppid()                               = 1
        """,
        text());
  }

  @Test
  void restartsAndUnknownErrors() {
    TextSink sink = sink(new TextOptions().setColumn(0));
    int[] errors = {512, 513, 514, 516, 515, 523, 1000};
    for (int error : errors) {
      whole(sink, parent, 39, new CallBuilder("getpid", false), -error, error);
    }
    assertEquals(
        """
        getpid() = ? ERESTARTSYS (To be restarted if SA_RESTART is set)
        getpid() = ? ERESTARTNOINTR (To be restarted)
        getpid() = ? ERESTARTNOHAND (To be restarted if no handler)
        getpid() = ? ERESTART_RESTARTBLOCK (Interrupted by signal)
        getpid() = -1 ENOIOCTLCMD (Unknown error 515)
        getpid() = -1 EBADCOOKIE (Unknown error 523)
        getpid() = -1 (errno 1000)
        """,
        text());
  }

  @Test
  void notes() {
    TextSink sink = sink(new TextOptions().setColumn(0));
    enter(parent, 7);
    CallBuilder poll = new CallBuilder("poll", false);
    sink.callEntered(parent, poll.entry());
    exit(parent, 0, 0);
    sink.callExited(parent, poll.exit(Value.dec(0), new Value.Text("Timeout", 0)));
    enter(parent, 270);
    CallBuilder select = new CallBuilder("pselect6", false);
    sink.callEntered(parent, select.entry());
    exit(parent, 1, 0);
    Value ready = new Value.Members(new Value[] {Value.dec(4)}, false);
    Value left = Value.struct(Value.field("tv_sec", Value.dec(1)));
    sink.callExited(
        parent,
        select.exit(
            Value.dec(1), Value.struct(Value.field("in", ready), Value.field("left", left))));
    assertEquals("poll() = 0 (Timeout)\npselect6() = 1 (in [4], left {tv_sec=1})\n", text());
  }

  @Test
  void failureIsToldOnce() {
    List<String> complaints = new ArrayList<>();
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    Output output = new Output(full, "/dev/full", false, complaints::add);
    TextSink sink = new TextSink(new TextOptions(), output, messages, FdResolver.NONE);
    for (int i = 0; i < 10_000; i++) {
      whole(sink, parent, 39, new CallBuilder("getpid", false), 1, 0);
    }
    sink.finished();
    assertEquals(List.of("/dev/full: No space left on device"), complaints);
  }

  /** A name is looked up for each line, and remembered for those of a thread that is gone. */
  @Test
  void namesOfThreadsThatAreGone() {
    Map<Integer, String> comms = new HashMap<>(Map.of(18126, "sh"));
    FdResolver resolver =
        new FdResolver() {
          @Override
          public byte[] path(int tid, int fd) {
            return null;
          }

          @Override
          public String details(int tid, int fd, byte[] path) {
            return null;
          }

          @Override
          public byte[] comm(int pid) {
            String comm = comms.get(pid);
            return comm == null ? null : comm.getBytes(ISO_8859_1);
          }
        };
    TextOptions options = new TextOptions().setPidPrefix(PidPrefix.ALWAYS).setPidComms(true);
    TextSink sink = new TextSink(options, stderr, messages, resolver);
    sink.attached(parent, 0);
    whole(sink, parent, 110, new CallBuilder("getppid", false), 18123, 0);
    comms.put(18126, "ls");
    whole(sink, parent, 110, new CallBuilder("getppid", false), 18123, 0);
    comms.clear();
    sink.exited(parent, 0);
    assertEquals(
        """
        18126<sh> getppid()                     = 18123
        18126<ls> getppid()                     = 18123
        18126<ls> +++ exited with 0 +++
        """,
        text());
  }
}
