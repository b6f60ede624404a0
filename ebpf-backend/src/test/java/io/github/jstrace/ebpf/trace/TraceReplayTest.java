// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.ebpf.codegen.TraceRecord;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import io.github.jstrace.tables.Abi;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What records mean, in whatever order they come and with whatever is missing. */
class TraceReplayTest {
  private final List<String> events = new ArrayList<>();
  private final TraceReplay replay =
      new TraceReplay(new Recorder(), Abi.X86_64, Abi.I386, tid -> TraceeMemory.NONE);
  private long now = 1000;

  private final class Recorder implements TraceHandler {
    private void add(String what, Tracee tracee) {
      events.add(tracee.tid() + " " + what);
    }

    @Override
    public void attached(Tracee tracee, int parentTid) {
      add(parentTid == 0 ? "attached" : "made by " + parentTid, tracee);
    }

    @Override
    public void syscallEntered(Tracee tracee) {
      byte[] text = new byte[16];
      int length = tracee.memory().read(0x5000, text, 0, 16);
      String memory = new String(text, 0, length, StandardCharsets.US_ASCII);
      add("enters " + tracee.number() + (length > 0 ? " " + memory : ""), tracee);
    }

    @Override
    public void syscallExited(Tracee tracee) {
      String after = tracee.duration() > 1000 ? " after " + tracee.duration() : "";
      add("returns " + tracee.result() + (tracee.errno() != 0 ? " failed" : "") + after, tracee);
    }

    @Override
    public void signalled(Tracee tracee, int signal, byte[] siginfo) {
      add("signal " + signal, tracee);
    }

    @Override
    public void stopped(Tracee tracee, int signal) {
      add("stopped " + signal, tracee);
    }

    @Override
    public void exiting(Tracee tracee) {
      add(tracee.inSyscall() ? "exiting in call" : "exiting", tracee);
    }

    @Override
    public void exited(Tracee tracee, int status) {
      add("exited " + status + (tracee.inSyscall() ? " in call" : ""), tracee);
    }

    @Override
    public void killed(Tracee tracee, int signal, boolean coreDumped) {
      add("killed " + signal + (tracee.inSyscall() ? " in call" : ""), tracee);
    }

    @Override
    public void superseded(Tracee tracee, Tracee byTid) {
      add("superseded by " + byTid.tid(), tracee);
    }

    @Override
    public void detached(Tracee tracee) {
      add("detached", tracee);
    }

    @Override
    public void lost(long count) {
      events.add("lost " + count);
    }

    @Override
    public void idle() {}

    @Override
    public void finished() {}
  }

  private NativeMemory record(int type, int tid, int tgid, int size) {
    NativeMemory m = Libc.get().allocate(size);
    m.putInt(TraceRecord.TYPE, type);
    m.putLong(TraceRecord.TIME, now += 10);
    m.putInt(TraceRecord.TID, tid);
    m.putInt(TraceRecord.TGID, tgid);
    return m;
  }

  private void handle(NativeMemory m) {
    replay.handle(m, 0, m.size());
  }

  private void enter(int tid, int tgid, int number, int flags, String memory) {
    int chunk = memory.isEmpty() ? 0 : TraceRecord.CHUNK_BYTES + 16;
    NativeMemory m = record(TraceRecord.ENTRY, tid, tgid, TraceRecord.ENTRY_CHUNKS + chunk);
    m.putInt(TraceRecord.FLAGS, flags);
    m.putInt(TraceRecord.NUMBER, number);
    chunk(m, TraceRecord.ENTRY_CHUNKS, memory);
    handle(m);
  }

  private static void chunk(NativeMemory m, int at, String memory) {
    if (!memory.isEmpty()) {
      m.putLong(at, 0x5000);
      m.putInt(at + TraceRecord.CHUNK_LENGTH, memory.length());
      m.put(
          at + TraceRecord.CHUNK_BYTES,
          memory.getBytes(StandardCharsets.US_ASCII),
          0,
          memory.length());
    }
  }

  private void exit(int tid, int tgid, long result, String memory) {
    int chunk = memory.isEmpty() ? 0 : TraceRecord.CHUNK_BYTES + 16;
    NativeMemory m = record(TraceRecord.EXIT, tid, tgid, TraceRecord.EXIT_CHUNKS + chunk);
    m.putLong(TraceRecord.RESULT, result);
    chunk(m, TraceRecord.EXIT_CHUNKS, memory);
    handle(m);
  }

  private void end(int tid, int tgid, int code) {
    NativeMemory m = record(TraceRecord.END, tid, tgid, 32);
    m.putInt(TraceRecord.EXIT_CODE, code);
    handle(m);
  }

  private void signal(int type, int tid, int tgid, int signal) {
    NativeMemory m = record(type, tid, tgid, TraceRecord.SIGINFO + TraceRecord.SIGINFO_SIZE);
    m.putInt(TraceRecord.SIGNAL_NUMBER, signal);
    m.putInt(TraceRecord.DEFAULT_ACTION, 1);
    m.putInt(TraceRecord.SIGINFO, signal);
    handle(m);
  }

  private void expect(String... lines) {
    assertEquals(List.of(lines), events);
    events.clear();
  }

  @Test
  void aCallWithMemory() {
    enter(10, 10, 1, 0, "hello");
    exit(10, 10, 5, "");
    end(10, 10, 3 << 8);
    expect("10 attached", "10 enters 1 hello", "10 returns 5", "10 exited 3");
    assertEquals(0, replay.size());
  }

  @Test
  void errorsAndRestarts() {
    enter(10, 10, 1, 0, "");
    exit(10, 10, -2, "");
    enter(10, 10, 34, 0, "");
    exit(10, 10, -514, "");
    expect("10 attached", "10 enters 1", "10 returns -2 failed", "10 enters 34");
    signal(TraceRecord.SIGNAL, 10, 10, 2);
    expect("10 returns -514 failed", "10 signal 2");
    enter(10, 10, 0, 0, "");
    exit(10, 10, -512, "");
    end(10, 10, 9);
    expect("10 enters 0", "10 killed 9 in call");
  }

  @Test
  void memoryThatComesLate() {
    enter(10, 10, 257, 1, "");
    expect("10 attached");
    exit(10, 10, 3, "path");
    expect("10 enters 257 path", "10 returns 3");
    enter(10, 10, 257, 1, "");
    replay.idle();
    expect("10 enters 257");
  }

  @Test
  void lostRecords() {
    exit(10, 10, 3, "");
    expect();
    enter(10, 10, 0, 0, "");
    enter(10, 10, 1, 0, "");
    expect("10 attached", "10 enters 0", "10 exiting in call", "10 enters 1");
    enter(10, 77, 2, 0, "");
    expect("10 detached", "10 attached", "10 enters 2");
  }

  @Test
  void theLeaderEndsLast() {
    enter(10, 10, 0, 0, "");
    NativeMemory fork = record(TraceRecord.FORK, 10, 10, 32);
    fork.putInt(TraceRecord.OTHER_TID, 11);
    fork.putInt(TraceRecord.OTHER_TGID, 10);
    handle(fork);
    end(10, 10, 0);
    end(11, 10, 0);
    expect(
        "10 attached",
        "10 enters 0",
        "11 made by 10",
        "10 exiting in call",
        "11 exited 0",
        "10 exited 0 in call");
  }

  @Test
  void theLeaderEndsEvenIfNobodyTellsOfTheOthers() {
    enter(10, 10, 0, 0, "");
    enter(11, 10, 1, 0, "");
    end(10, 10, 2 << 8);
    expect("10 attached", "10 enters 0", "11 attached", "11 enters 1", "10 exiting in call");
    replay.forget(11);
    expect("11 detached", "10 exited 2 in call");
    assertEquals(0, replay.size());
  }

  @Test
  void execveOfAnotherThread() {
    enter(10, 10, 0, 0, "");
    enter(11, 10, 59, 0, "");
    end(10, 10, 0);
    NativeMemory exec = record(TraceRecord.EXEC, 10, 10, 32);
    exec.putInt(TraceRecord.OTHER_TID, 11);
    handle(exec);
    exit(10, 10, 0, "");
    expect(
        "10 attached",
        "10 enters 0",
        "11 attached",
        "11 enters 59",
        "10 exiting in call",
        "10 superseded by 11",
        "10 returns 0");
  }

  @Test
  void signalsThatNoDeliveryTellsOf() {
    enter(10, 10, 61, 0, "");
    signal(TraceRecord.IGNORED_SIGNAL, 10, 10, 17);
    expect("10 attached", "10 enters 61");
    exit(10, 10, 12, "");
    expect("10 returns 12", "10 signal 17");
    signal(TraceRecord.SENT_SIGNAL, 10, 10, 15);
    end(10, 10, 15);
    expect("10 signal 15", "10 killed 15");
  }

  @Test
  void anEntryThatWasKeptUntilItsCallReturned() {
    enter(10, 10, 39, 0, "");
    exit(10, 10, 10, "");
    NativeMemory signal =
        record(TraceRecord.IGNORED_SIGNAL, 10, 10, TraceRecord.SIGINFO + TraceRecord.SIGINFO_SIZE);
    signal.putInt(TraceRecord.FLAGS, TraceRecord.IN_KEPT_CALL);
    signal.putInt(TraceRecord.SIGNAL_NUMBER, 17);
    signal.putInt(TraceRecord.SIGINFO, 17);
    handle(signal);
    expect("10 attached", "10 enters 39", "10 returns 10");
    NativeMemory entry = record(TraceRecord.ENTRY, 10, 10, TraceRecord.ENTRY_CHUNKS);
    entry.putInt(TraceRecord.FLAGS, TraceRecord.KEPT);
    entry.putInt(TraceRecord.NUMBER, 61);
    entry.putLong(TraceRecord.ENTERED, now - 7_000);
    handle(entry);
    exit(10, 10, 12, "");
    expect("10 enters 61", "10 returns 12 after 7010", "10 signal 17");
  }

  @Test
  void aSignalThatNoTracerIsAskedAbout() {
    enter(10, 10, 39, 0, "");
    exit(10, 10, 39, "");
    signal(TraceRecord.SENT_SIGNAL, 10, 10, 31);
    NativeMemory signal =
        record(TraceRecord.SIGNAL, 10, 10, TraceRecord.SIGINFO + TraceRecord.SIGINFO_SIZE);
    signal.putInt(TraceRecord.FLAGS, TraceRecord.IMMUTABLE);
    signal.putInt(TraceRecord.SIGNAL_NUMBER, 31);
    signal.putInt(TraceRecord.SIGINFO, 31);
    handle(signal);
    end(10, 10, 31);
    expect("10 attached", "10 enters 39", "10 returns 39", "10 killed 31");
  }

  private void find(int tid, int number, boolean wanted) {
    replay.attach(tid, tid);
    String line = number + " 0x0 0x0 0x0 0x0 0x0 0x0 0x7ffd00001000 0x55d500001000\n";
    replay.found(tid, FoundState.inCall(line, now, wanted));
  }

  private void exitOf(int tid, int number, long result) {
    NativeMemory m = record(TraceRecord.EXIT, tid, tid, TraceRecord.EXIT_CHUNKS);
    m.putInt(TraceRecord.NUMBER, number);
    m.putLong(TraceRecord.RESULT, result);
    handle(m);
  }

  @Test
  void aCallThatIsFoundIsShownUntilItReturns() {
    find(10, 61, true);
    expect("10 attached");
    replay.reportFound();
    expect("10 enters 61");
    exitOf(10, 61, 12);
    enter(10, 10, 39, 0, "");
    expect("10 returns 12", "10 enters 39");
  }

  @Test
  void aCallThatIsFoundAndReturnsBeforeItIsReported() {
    find(10, 61, true);
    exitOf(10, 61, 12);
    replay.reportFound();
    expect("10 attached", "10 enters 61", "10 returns 12");
  }

  /** Records are older than what was found: that is the last of the calls they tell of. */
  @Test
  void recordsSayMoreThanWhatIsFound() {
    replay.attach(10, 10);
    long marked = now;
    now += 1000;
    find(10, 230, true);
    now = marked;
    exitOf(10, 230, 0); // of a call before, which nobody knows
    enter(10, 10, 110, 0, "");
    exitOf(10, 110, 9767);
    enter(10, 10, 230, 0, "");
    replay.reportFound();
    expect("10 attached", "10 enters 110", "10 returns 9767", "10 enters 230");
    now = marked + 2000;
    exitOf(10, 230, 0);
    expect("10 returns 0 after 1970");
  }

  /** What is older than the call that was reported already is of calls before. */
  @Test
  void recordsThatComeTooLateForWhatIsFound() {
    long marked = now;
    now += 1000;
    find(10, 230, true);
    replay.reportFound();
    now = marked;
    enter(10, 10, 110, 0, "");
    exitOf(10, 110, 9767);
    enter(10, 10, 230, 0, "");
    now = marked + 2000;
    exitOf(10, 230, 0);
    expect("10 attached", "10 enters 230", "10 returns 0 after 1010");
  }

  @Test
  void aThreadThatIsStoppedIsInNoCall() {
    replay.attach(10, 10);
    replay.found(10, FoundState.stopped(19, now, true));
    signal(TraceRecord.IGNORED_SIGNAL, 10, 10, 18);
    enter(10, 10, 110, 0, "");
    expect("10 attached", "10 stopped 19", "10 signal 18", "10 enters 110");
  }

  /** Threads whose names were not asked for: known, and not shown. */
  @Test
  void onlyThreadsThatRecordsTellOfAreShown() {
    replay.setSelective(true);
    find(10, 61, false);
    find(11, 61, false);
    replay.reportFound();
    signal(TraceRecord.IGNORED_SIGNAL, 10, 10, 17);
    end(10, 10, 0);
    expect();
    exitOf(11, 61, 12);
    end(11, 11, 0);
    expect("11 attached", "11 enters 61", "11 returns 12", "11 exited 0");
    assertEquals(0, replay.size());
  }

  @Tag("any-java")
  @Test
  void survivesGarbage() {
    Random random = new Random(3);
    NativeMemory m = Libc.get().allocate(256);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = new byte[256];
      random.nextBytes(bytes);
      m.put(0, bytes, 0, 256);
      m.putInt(TraceRecord.TYPE, random.nextInt(11));
      m.putInt(TraceRecord.TID, random.nextInt(8));
      m.putInt(TraceRecord.TGID, random.nextInt(3));
      m.putInt(TraceRecord.OTHER_TID, random.nextInt(8));
      replay.handle(m, 0, random.nextInt(257));
      if (i % 100 == 0) {
        replay.idle();
        events.clear();
      }
    }
    replay.detachAll();
    assertEquals(0, replay.size());
  }
}
