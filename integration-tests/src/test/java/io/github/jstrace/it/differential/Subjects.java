// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The commands that are traced: every fixture, and programs that people trace. */
public final class Subjects {
  /** Fixtures whose threads or processes race, so that two runs differ. */
  private static final Set<String> RACING =
      Set.of("threads", "exec_thread", "thread_exit", "fork_storm", "sandbox_threads");

  private static final int HTTP_PORT = 23000;

  private Subjects() {}

  /** All fixtures, by name. */
  public static Map<String, Subject> fixtures() {
    Map<String, Subject> out = new TreeMap<>();
    for (String name : Workspace.fixtures()) {
      out.put(name, fixture(name));
    }
    for (String name : Workspace.VARIED) {
      out.put("i386_" + name, fixture("i386_" + name));
    }
    return out;
  }

  /** Whether it is a fixture of {@link Workspace#VARIED}, for either ABI. */
  static boolean varied(String name) {
    return Workspace.VARIED.contains(name.startsWith("i386_") ? name.substring(5) : name);
  }

  public static Subject fixture(String name) {
    return new Subject(name, List.of(), !RACING.contains(name)) {
      @Override
      public List<String> command() {
        // Only now: one fixture that does not compile is no reason not to run another.
        return List.of(Workspace.program(name()).toString());
      }

      @Override
      Normaliser.Addresses addresses() {
        return name().startsWith("i386") || name().equals("int80")
            ? Normaliser.Addresses.I386
            : super.addresses();
      }
    };
  }

  /** Real programs that are installed, by name. */
  public static Map<String, Subject> programs() {
    Map<String, Subject> out = new TreeMap<>();
    add(out, "ls", true, "ls", "-l", "/etc");
    add(out, "cat", true, "cat", "/etc/passwd");
    add(
        out,
        "bash",
        false,
        "bash",
        "-c",
        "for i in 1 2 3; do echo $i | cat; done; ls / >/dev/null; (exit 3); sleep 0.1 & wait; kill -0 $$; exit 4");
    add(
        out,
        "python3",
        true,
        "python3",
        "-I",
        "-c",
        "import os, json, socket, subprocess; print(json.dumps(os.listdir('/'))); subprocess.run(['true'])");
    add(out, "ssh", true, "ssh", "-V");
    add(
        out,
        "ssh-refused",
        true,
        "ssh",
        "-F",
        "/dev/null",
        "-o",
        "BatchMode=yes",
        "-p",
        "1",
        "127.0.0.1",
        "true");
    add(out, "java", false, "java", "-XX:+UseSerialGC", "-version");
    add(out, "curl-file", false, "curl", "-s", "file:///etc/passwd");
    addGit(out);
    addCompilers(out);
    addCurl(out);
    return out;
  }

  /** Any command, run as it is. */
  public static Subject command(List<String> words) {
    return new Subject("command", words, true) {};
  }

  private static void add(Map<String, Subject> out, String name, boolean steady, String... words) {
    List<String> command = installed(words);
    if (command != null) {
      out.put(name, new Subject(name, command, steady) {});
    }
  }

  /** The command with its program's absolute path, or null where it is not installed. */
  private static List<String> installed(String... words) {
    String program = Tracer.which(words[0]);
    if (program == null) {
      return null;
    }
    List<String> command = new ArrayList<>(List.of(words));
    command.set(0, program);
    return command;
  }

  private static void addGit(Map<String, Subject> out) {
    String[][] commands = {
      {"git-status", "git", "status"},
      {"git-log", "git", "--no-pager", "log", "--stat"},
      {"git-commit", "git", "commit", "-q", "-a", "-m", "second"},
    };
    for (String[] words : commands) {
      List<String> command = installed(java.util.Arrays.copyOfRange(words, 1, words.length));
      if (command == null) {
        continue;
      }
      out.put(
          words[0],
          new Subject(words[0], command, !words[0].equals("git-commit")) {
            @Override
            public void prepare(Path directory) throws IOException, InterruptedException {
              String git = command().get(0);
              Files.writeString(
                  directory.resolve(".gitconfig"),
                  "[user]\nname = A\nemail = a@example.org\n[init]\ndefaultBranch = main\n[gc]\nauto = 0\n[maintenance]\nauto = false\n");
              Files.writeString(directory.resolve("one"), "one\n");
              Files.writeString(directory.resolve("two"), "two\n");
              // Older than the index, or git reads them again when they are of the same second.
              for (String name : new String[] {"one", "two"}) {
                Files.setLastModifiedTime(
                    directory.resolve(name), FileTime.fromMillis(1_600_000_000_000L));
              }
              run(directory, git, "init", "-q");
              run(directory, git, "add", "one", "two");
              run(directory, git, "commit", "-q", "-m", "first");
              Files.writeString(directory.resolve("one"), "changed\n");
              Files.setLastModifiedTime(
                  directory.resolve("one"), FileTime.fromMillis(1_600_000_100_000L));
            }
          });
    }
  }

  private static void addCompilers(Map<String, Subject> out) {
    List<String> gcc = installed("gcc", "-o", "hello", "hello.c");
    if (gcc != null) {
      out.put("gcc", new HelloSubject("gcc", gcc));
    }
    List<String> make = installed("make", "-s");
    if (make != null) {
      out.put("make", new HelloSubject("make", make));
    }
  }

  private static final class HelloSubject extends Subject {
    HelloSubject(String name, List<String> command) {
      super(name, command, false);
    }

    @Override
    public void prepare(Path directory) throws IOException {
      Files.writeString(
          directory.resolve("hello.c"),
          "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }\n");
      Files.writeString(
          directory.resolve("Makefile"),
          "all: hello\n\t./hello\nhello: hello.o\n\t$(CC) -o $@ hello.o\nhello.o: hello.c\n\t$(CC) -c hello.c\n");
    }
  }

  private static void addCurl(Map<String, Subject> out) {
    List<String> command = installed("curl", "-s", "http://127.0.0.1:" + HTTP_PORT + "/page");
    String python = Tracer.which("python3");
    if (command == null || python == null) {
      return;
    }
    out.put(
        "curl",
        new Subject("curl", command, false) {
          private Process server;

          @Override
          public void prepare(Path directory) throws IOException, InterruptedException {
            Files.writeString(directory.resolve("page"), "hello\n");
            server =
                new ProcessBuilder(
                        python,
                        "-I",
                        "-m",
                        "http.server",
                        "--bind",
                        "127.0.0.1",
                        Integer.toString(HTTP_PORT))
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            for (int i = 0; i < 200; i++) {
              try (java.net.Socket probe = new java.net.Socket("127.0.0.1", HTTP_PORT)) {
                return;
              } catch (IOException notYet) {
                Thread.sleep(50);
              }
            }
            throw new IOException("http.server did not start");
          }

          @Override
          public void cleanUp() {
            if (server != null) {
              server.destroyForcibly();
              try {
                server.waitFor(10, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }
          }
        });
  }

  private static void run(Path directory, String... words)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    TracedRun.environment(builder.environment(), directory);
    if (builder.start().waitFor() != 0) {
      throw new IOException("failed: " + String.join(" ", words));
    }
  }
}
