// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.filter;

import io.github.jstrace.core.Tracee;

/** Selects calls by how they ended ({@code -e status=}, {@code -z}, {@code -Z}). */
public final class StatusFilter {
  /** The call returned without an error. */
  public static final int SUCCESSFUL = 1;

  /** The call returned an error. */
  public static final int FAILED = 2;

  /** The thread ended in the call, as every {@code exit_group} does. */
  public static final int UNFINISHED = 4;

  /** The result could not be had. */
  public static final int UNAVAILABLE = 8;

  /** The tracee was let go of in the call. */
  public static final int DETACHED = 16;

  /** Lets every call pass. */
  public static final StatusFilter ALL =
      new StatusFilter(SUCCESSFUL | FAILED | UNFINISHED | UNAVAILABLE | DETACHED);

  private final int statuses;

  private StatusFilter(int statuses) {
    this.statuses = statuses;
  }

  /** Selects the statuses in the mask. */
  public static StatusFilter of(int statuses) {
    return new StatusFilter(statuses & ALL.statuses);
  }

  /** Reads what {@code -e status=} takes. */
  public static StatusFilter parse(String text) throws FilterSyntaxException {
    return of(
        NamedBits.parse(
            text, "status", "successful", "failed", "unfinished", "unavailable", "detached"));
  }

  public boolean isAll() {
    return statuses == ALL.statuses;
  }

  /** Whether a call that ended in {@code status} is selected. */
  public boolean contains(int status) {
    return (statuses & status) != 0;
  }

  /** Whether the call that {@code tracee} just returned from is selected. */
  public boolean containsReturn(Tracee tracee) {
    if (!tracee.resultKnown()) {
      return contains(UNAVAILABLE);
    }
    return contains(tracee.errno() == Tracee.SUCCESS ? SUCCESSFUL : FAILED);
  }
}
