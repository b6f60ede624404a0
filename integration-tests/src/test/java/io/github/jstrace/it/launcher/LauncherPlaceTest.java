// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.it.launcher.LauncherSetup.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher finds itself and a Java, or says in one line what is missing. */
@Tag("any-java")
class LauncherPlaceTest {
  @TempDir Path directory;
  private LauncherSetup setup;

  @BeforeEach
  void setUp() throws IOException {
    setup = new LauncherSetup(directory);
  }

  private void assertHome(Outcome run) {
    assertEquals(setup.directory().resolve("lib/jstrace").toString(), run.property("home"));
    assertEquals(setup.launcher().toString(), run.property("launcher"));
    assertTrue(run.options().contains(setup.jar().toString()), run.options().toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"./jstrace", "../bin/jstrace", "./../bin/./jstrace", "..//bin//jstrace"})
  void startedByRelativePath(String path) {
    Outcome run = setup.call(path).withJava().in(setup.launcher().getParent()).run();
    assertHome(run);
    assertEquals("jstrace", run.property("name"));
  }

  @Test
  void startedThroughLinksFromElsewhere() throws IOException {
    Path links = Files.createDirectories(setup.directory().resolve("some where"));
    Files.createSymbolicLink(links.resolve("second"), Path.of("../bin/jstrace"));
    Files.createSymbolicLink(links.resolve("-e my"), Path.of("second"));
    Outcome run = setup.call(links.resolve("-e my").toString()).withJava().in(Path.of("/")).run();
    assertHome(run);
    assertEquals("-e my", run.property("name"));
  }

  @Test
  void startedAsArgumentOfAShell() {
    assertHome(setup.call("/bin/sh", "jstrace").withJava().in(setup.launcher().getParent()).run());
  }

  @Test
  void startedInADirectoryThatIsGone() throws IOException {
    Path gone = Files.createDirectory(setup.directory().resolve("gone"));
    Outcome run =
        setup
            .call("/bin/sh", "-c", "rmdir \"$PWD\"; exec \"$0\"", setup.launcher().toString())
            .withJava()
            .env("PATH=/usr/bin:/bin")
            .in(gone)
            .run();
    assertHome(run);
  }

  @Test
  void jstraceJavaMayBeTheProgram() throws IOException {
    Path java = setup.java("jdk 21", "21");
    Outcome run =
        setup
            .call(setup.launcher().toString())
            .env("JSTRACE_JAVA=" + java.resolve("bin/java"))
            .expecting(java)
            .run();
    assertHome(run);
  }

  @Test
  void aJavaTooOldIsPassedOverUnlessAskedFor() throws IOException {
    Path old = setup.java("old", "11.0.2");
    Path older = setup.java("older", "1.8.0_392");
    Path good = setup.java("good", "22.0.1");
    Path bin = Files.createDirectory(setup.directory().resolve("links"));
    Files.createSymbolicLink(bin.resolve("java"), good.resolve("bin/java"));
    Outcome run =
        setup
            .call(setup.launcher().toString())
            .env("JAVA_HOME=" + old)
            .env("PATH=/nowhere:" + older.resolve("bin") + ":" + bin + ":/usr/bin:/bin")
            .expecting(good)
            .run();
    assertHome(run);

    run = setup.call(setup.launcher().toString()).env("JSTRACE_JAVA=" + old).run();
    assertEquals(1, run.status());
    assertEquals("jstrace: JSTRACE_JAVA=" + old + " is no Java 17 or newer\n", run.stderr());
  }

  @Test
  void javaHomeComesBeforePath() throws IOException {
    Path first = setup.java("first", "17");
    Path second = setup.java("second", "25");
    Outcome run =
        setup
            .call(setup.launcher().toString())
            .env("PATH=" + second.resolve("bin") + ":/usr/bin:/bin")
            .env("JAVA_HOME=" + first)
            .expecting(first)
            .run();
    assertHome(run);
  }

  @Test
  void optionsFitTheVersion() throws IOException {
    String access = "--enable-native-access=ALL-UNNAMED";
    for (String version : new String[] {"17.0.9", "21", "23.0.1", "24", "25.0.3", "26-ea"}) {
      Path java = setup.java("java-" + version, version);
      Outcome run =
          setup.call(setup.launcher().toString()).env("JSTRACE_JAVA=" + java).expecting(java).run();
      boolean warns = Integer.parseInt(version.replaceAll("\\D.*", "")) >= 24;
      assertEquals(warns, run.options().contains(access), version);
      assertFalse(run.options().toString().contains("SharedArchiveFile"), version);
      assertFalse(run.options().toString().contains("AOTCache"), version);
    }
  }

  @Test
  void onlyAnArchiveOfThisJavaAndTheseJarsIsUsed() throws IOException {
    Path home = setup.directory().resolve("lib/jstrace");
    Path java = setup.directory().resolve("java");
    FileTime built = FileTime.fromMillis(1_000_000_000_000L);
    FileTime later = FileTime.fromMillis(1_000_000_001_000L);
    FileTime earlier = FileTime.fromMillis(999_999_999_000L);
    Files.setLastModifiedTime(Files.createFile(home.resolve("built")), built);
    archive("17.0.2+7 test.1", home, java, built);
    archive("17.0.1+7 test.2", home, setup.java("twin", "17.0.1"), built);
    archive("17.0.1+7 test.3", setup.directory(), java, built);
    archive("17.0.1+7 test.4", home, java, later);
    archive("17.0.1+7 test.5", home, java, earlier);
    Path archive = archive("17.0.1+7 test.6", home, java, built);
    Outcome run = setup.call(setup.launcher().toString()).withJava().run();
    assertTrue(
        run.options().contains("-XX:SharedArchiveFile=" + archive), run.options().toString());
    Outcome off =
        setup.call(setup.launcher().toString()).withJava().env("JSTRACE_ARCHIVE=off").run();
    assertFalse(off.options().toString().contains("SharedArchiveFile"), off.options().toString());
  }

  private Path archive(String name, Path home, Path java, FileTime built) throws IOException {
    Path directory = setup.directory().resolve("lib/jstrace/archive").resolve(name);
    Files.createDirectories(directory);
    Path made = Files.writeString(directory.resolve("made"), home + "\n" + java + "\n");
    Files.setLastModifiedTime(made, built);
    return Files.createFile(directory.resolve("classes.jsa"));
  }

  @Test
  void moreJvmOptions() {
    Outcome run =
        setup
            .call(setup.launcher().toString(), "arg")
            .withJava()
            .env("JSTRACE_JAVA_OPTS=-Xint -Da=b")
            .run();
    assertTrue(run.options().contains("-Xint"));
    assertTrue(run.options().contains("-Da=b"));
    assertEquals(1, run.java().path("args").size());
  }

  @Test
  void aMissingJarIsSaid() throws IOException {
    Files.delete(setup.jar());
    Outcome run = setup.call(setup.launcher().toString()).withJava().run();
    assertEquals(1, run.status());
    assertEquals("jstrace: " + setup.jar() + " is missing: install jstrace again\n", run.stderr());
  }
}
