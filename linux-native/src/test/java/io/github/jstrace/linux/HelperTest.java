// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The small processes beside a trace are in nobody's way, and end. */
class HelperTest {
  private final Libc libc = Libc.get();

  private static Set<Path> named(String name) throws IOException {
    Set<Path> found = new HashSet<>();
    try (var all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        try {
          // of all there may be, those of this process
          String ours = "(" + name + ") S " + ProcessHandle.current().pid() + " ";
          if (Files.readString(process.resolve("stat")).contains(ours)) {
            found.add(process);
          }
        } catch (IOException e) {
          // it has ended
        }
      }
    }
    return found;
  }

  private static Path started(String name, Set<Path> before) throws Exception {
    for (int i = 0; i < 500; i++) {
      Set<Path> now = named(name);
      now.removeAll(before);
      if (!now.isEmpty()) {
        return now.iterator().next();
      }
      Thread.sleep(10);
    }
    throw new AssertionError("no " + name);
  }

  private static boolean ends(Path process) throws InterruptedException {
    for (int i = 0; i < 500; i++) {
      try {
        if (Files.readString(process.resolve("stat")).contains(") Z ")) {
          return true; // not buried yet
        }
      } catch (IOException e) {
        return true;
      }
      Thread.sleep(10);
    }
    return false;
  }

  private static void assertModest(Path process) throws IOException {
    String status = Files.readString(process.resolve("status"));
    assertTrue(status.contains("SigBlk:\tfffffffe7ffbfeff\n"), status);
    assertEquals("/", Files.readSymbolicLink(process.resolve("cwd")).toString());
    String stat = Files.readString(process.resolve("stat"));
    String[] fields = stat.substring(stat.indexOf(") ") + 2).split(" ");
    assertEquals(process.getFileName().toString(), fields[3], "leader of its session");
    assertEquals("0", fields[4], "no terminal");
    long pages = Long.parseLong(fields[21]);
    assertTrue(pages < 100, "resident pages: " + pages);
  }

  @Test
  void keeperEndsWithItsSocket() throws Exception {
    Set<Path> before = named("jstrace-keeper");
    ListenerKeeper keeper = new ListenerKeeper(libc);
    assertEquals(0, keeper.prepare());
    Path process = started("jstrace-keeper", before);
    Thread.sleep(50);
    assertModest(process);
    assertEquals(2, process.resolve("fd").toFile().list().length, "socket and epoll");
    assertEquals(0, keeper.prepare());
    assertTrue(Files.exists(process));
    keeper.close();
    assertTrue(ends(process));
  }

  @Test
  void guardianEndsWhenDismissed() throws Exception {
    Set<Path> before = named("jstrace-guard");
    Guardian guardian = new Guardian(libc);
    assertEquals(0, guardian.start());
    assertEquals(0, guardian.await());
    Path process = started("jstrace-guard", before);
    Thread.sleep(50);
    assertModest(process);
    assertEquals(0, process.resolve("fd").toFile().list().length);
    assertEquals(0, guardian.add(1));
    assertEquals(1, guardian.add(2));
    guardian.remove(0);
    assertEquals(0, guardian.add(3));
    assertTrue(Files.exists(process));
    guardian.dismiss();
    assertTrue(ends(process));
  }

  /** A thread's end is noticed: with no tracee to look after, the process ends. */
  @Test
  void guardianNoticesTheEndOfTheThread() throws Exception {
    Set<Path> before = named("jstrace-guard");
    boolean[] end = new boolean[1];
    int[] result = {-1};
    Thread thread =
        new Thread(
            () -> {
              Guardian guardian = new Guardian(libc);
              result[0] = guardian.start() + guardian.await();
              synchronized (end) {
                while (!end[0]) {
                  try {
                    end.wait();
                  } catch (InterruptedException e) {
                    return;
                  }
                }
              }
              java.lang.ref.Reference.reachabilityFence(guardian);
            });
    thread.start();
    Path process = started("jstrace-guard", before);
    Thread.sleep(50);
    assertTrue(Files.exists(process));
    synchronized (end) {
      end[0] = true;
      end.notifyAll();
    }
    thread.join();
    assertEquals(0, result[0]);
    assertTrue(ends(process));
  }
}
