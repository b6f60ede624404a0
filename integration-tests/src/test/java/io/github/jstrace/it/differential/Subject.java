// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A command to be traced. */
public abstract class Subject {
  private final String name;
  private final List<String> command;
  private final boolean steady;

  /**
   * @param steady whether two runs under one tracer give the same lines; if not, the comparison
   *     allows for what two runs of strace differ by
   */
  protected Subject(String name, List<String> command, boolean steady) {
    this.name = name;
    this.command = List.copyOf(command);
    this.steady = steady;
  }

  public final String name() {
    return name;
  }

  public List<String> command() {
    return command;
  }

  public final boolean steady() {
    return steady;
  }

  /** What addresses there are in its traces. */
  Normaliser.Addresses addresses() {
    return Normaliser.Addresses.ours();
  }

  /** Puts into the empty working directory what the command needs, and starts what it talks to. */
  public void prepare(Path directory) throws IOException, InterruptedException {}

  /** Ends what {@link #prepare} started. */
  public void cleanUp() {}

  @Override
  public String toString() {
    return name;
  }
}
