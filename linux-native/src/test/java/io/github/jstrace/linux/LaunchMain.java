// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.io.FileWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The least tracer there can be, run as a process of its own by tests: launches the command it is
 * given, steps from system call stop to system call stop, and ends as the command ended. Writes
 * what it saw of the launch to the file that the property {@code stops} names.
 */
final class LaunchMain {
  private LaunchMain() {}

  public static void main(String[] args) throws IOException {
    long begin = System.nanoTime();
    Libc libc = Libc.get();
    CallerState caller = CallerState.read(libc);
    byte[][] argv = caller.arguments(args);
    byte[][] environment = caller.environment();
    PathLookup lookup = new PathLookup(libc);
    int found = lookup.find(argv[0], value(environment, "PATH"));
    if (found < 0) {
      System.err.println("stat: " + -found);
      System.exit(1);
    }
    LaunchSpec spec = new LaunchSpec(lookup.path(), argv, environment, caller);
    String user = System.getProperty("user");
    if (user != null) {
      int[] ids = UserDatabase.find(ProcFs.ascii(user), libc);
      int[] groups = new int[ids.length - 2];
      System.arraycopy(ids, 2, groups, 0, groups.length);
      spec.user(ids[0], lookup.effectiveUid(ids[0]), ids[1], lookup.effectiveGid(ids[1]), groups);
    }
    String filter = System.getProperty("filter");
    if (filter != null) {
      spec.seccomp(java.util.HexFormat.of().parseHex(filter), 0, true);
    }
    Launcher launcher = new Launcher(libc, Boolean.getBoolean("oldsystem"));
    int pid = launcher.launch(spec);
    if (pid < 0) {
      System.err.println("launch: " + -pid);
      System.exit(1);
    }
    List<String> stops = new ArrayList<>();
    stops.add("launched after us " + (System.nanoTime() - begin) / 1000);
    int status = trace(libc, launcher, pid, stops);
    stops.add("failed " + launcher.failedStep() + " errno " + launcher.failedErrno());
    launcher.close();
    String file = System.getProperty("stops");
    if (file != null) {
      try (FileWriter writer = new FileWriter(file)) {
        writer.write(String.join("\n", stops) + "\n");
      }
    }
    if (WaitStatus.killed(status)) {
      new Signals(libc).dieBySignal(WaitStatus.termSignal(status));
      libc.exitNow(128 + WaitStatus.termSignal(status));
    }
    libc.exitNow(WaitStatus.exitCode(status));
  }

  private static int trace(Libc libc, Launcher launcher, int pid, List<String> stops) {
    ChildWait wait = new ChildWait(libc);
    SyscallInfo info = new SyscallInfo(libc);
    int options = Ptrace.O_TRACESYSGOOD | Ptrace.O_TRACEEXEC;
    long seized = libc.ptrace(Ptrace.SEIZE, pid, 0, options);
    stops.add("seize " + seized);
    if (seized < 0) {
      launcher.close();
    }
    stops.add("interrupt " + libc.ptrace(Ptrace.INTERRUPT, pid, 0, 0));
    boolean open = false;
    boolean execSeen = false;
    while (true) {
      int tid = wait.await(pid, ChildWait.WALL, true);
      int status = wait.status();
      if (tid < 0 || !WaitStatus.stopped(status)) {
        stops.add("end " + tid + " " + Integer.toHexString(status));
        return status;
      }
      int signal = WaitStatus.stopSignal(status);
      int event = WaitStatus.ptraceEvent(status);
      if (!execSeen) {
        int size = info.fetch(tid);
        String call =
            info.op() == SyscallInfo.ENTRY
                ? " entry " + info.number()
                : info.op() == SyscallInfo.EXIT ? " exit " + info.result() : "";
        stops.add("stop signal " + signal + " event " + event + (size < 0 ? " ?" : call));
        execSeen = event == Ptrace.EVENT_EXEC;
      }
      if (!open) {
        open = true;
        stops.add("gate " + launcher.openGate());
      }
      boolean deliver = event == 0 && signal != WaitStatus.SYSCALL_STOP;
      libc.ptrace(Ptrace.SYSCALL, tid, 0, deliver ? signal : 0);
    }
  }

  private static byte @Nullable [] value(byte[][] environment, String name) {
    for (byte[] variable : environment) {
      byte[] prefix = ProcFs.ascii(name + "=");
      if (variable.length >= prefix.length
          && java.util.Arrays.equals(variable, 0, prefix.length, prefix, 0, prefix.length)) {
        return java.util.Arrays.copyOfRange(variable, prefix.length, variable.length);
      }
    }
    return null;
  }
}
