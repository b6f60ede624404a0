// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.jstrace.core.ExitResult;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import io.github.jstrace.linux.ProcFs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sharing a CPU with real tracees: it happens, they cannot tell, and it is undone. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CoLocationRunTest {
  private static final int MASK_SIZE = 1024;

  private final Recorder recorder = new Recorder();
  private final Libc libc = Libc.get();

  @TempDir private Path directory;

  @BeforeEach
  void needsTwoCpus() {
    assumeTrue(allowed(libc.getpid()).matches(".*[-,].*"), "this process may use one CPU only");
    recorder.keepCalls = false;
  }

  private static String allowed(int tid) {
    byte[] status = new ProcFs(Libc.get()).read(ProcFs.path(tid, "/status"));
    String text = status == null ? "" : new String(status, StandardCharsets.ISO_8859_1);
    String key = "Cpus_allowed_list:";
    int at = text.indexOf(key);
    return at < 0 ? "" : text.substring(at + key.length(), text.indexOf('\n', at)).trim();
  }

  private String ownMask() {
    NativeMemory memory = libc.allocate(MASK_SIZE);
    assertEquals(0, libc.schedGetaffinity(0, MASK_SIZE, memory.address()));
    return Long.toHexString(memory.getLong(0));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void traceesSeeAndInheritTheirOwnCpus(boolean follow) throws Exception {
    String before = ownMask();
    PtraceOptions options =
        new PtraceOptions()
            .setFollowForks(follow)
            .setLaunch(Tracing.command(Fixtures.path("affinity")))
            .setCoLocation(true, -1);
    assertEquals(new ExitResult(0, 0, false), Tracing.run(recorder, options));
    assertEquals(before, ownMask());
  }

  @Test
  void nothingHappensUnlessAskedFor() throws Exception {
    PtraceOptions options = Tracing.following(Fixtures.path("affinity"));
    assertEquals(new ExitResult(77, 0, false), Tracing.run(recorder, options));
  }

  @Test
  void aProcessHasItsCpusBackWhenLetGoOf() throws Exception {
    String before = ownMask();
    try (Orphan orphan = new Orphan(directory, Fixtures.path("affinity") + " forever")) {
      String expected = allowed(orphan.pid);
      PtraceBackend backend =
          new PtraceBackend(new PtraceOptions().addPid(orphan.pid).setCoLocation(true, -1));
      String[] meanwhile = {expected};
      Thread stopper =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < 6000 && meanwhile[0].equals(expected); i++) {
                    Thread.sleep(5);
                    meanwhile[0] = allowed(orphan.pid);
                  }
                } catch (InterruptedException e) {
                  return;
                }
                backend.stop(0);
              });
      stopper.start();
      backend.run(recorder);
      stopper.join();
      assertNotEquals(expected, meanwhile[0]);
      assertEquals(expected, allowed(orphan.pid));
      assertEquals(before, ownMask());
    }
  }
}
