// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.linux.CallerState;
import io.github.jstrace.linux.Libc;

/**
 * Traces some commands in one run, for a JVM that notes which classes that needs: see {@code
 * scripts/make-archives.sh}. What is used here starts fast; the rest, such as help, need not.
 */
final class Training {
  private static final String[] COMMAND = {"/bin/sh", "-c", ": & wait; exec ls /"};

  private static final String[][] OPTIONS = {
    {"-C", "-f"},
    {"-c", "--latency"},
    {"-f", "-y", "-tt", "-T", "-e", "trace=%file"},
    {"--json", "-f"},
  };

  private static final String[] EBPF = {"-c", "--latency", "-f", "--backend=ebpf"};

  private Training() {}

  /** Entry point; there are no arguments. */
  public static void main(String[] args) throws UsageException {
    Libc libc = Libc.get();
    CallerState caller = CallerState.read(libc);
    int status = 0;
    for (String[] options : OPTIONS) {
      status |= runWith(options, libc, caller);
    }
    // where it may not be used, what was loaded until then
    runWith(EBPF, libc, caller);
    Phases.report();
    Tracing.exit(status, libc);
  }

  private static int runWith(String[] options, Libc libc, CallerState caller)
      throws UsageException {
    String[] words = new String[options.length + 2 + COMMAND.length];
    System.arraycopy(options, 0, words, 0, options.length);
    words[options.length] = "-o";
    words[options.length + 1] = "/dev/null";
    System.arraycopy(COMMAND, 0, words, options.length + 2, COMMAND.length);
    return Main.run(words, new Settings(), libc, caller);
  }
}
