// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

import java.util.ArrayList;
import java.util.List;

/** A thread, as helpers see it. */
public final class Task {
  public final int tid;
  public final int tgid;
  public String comm = "task";
  public int uid;
  public int gid;

  /** The ids of its control groups, from the root's downwards; the last is its own. */
  public final List<Long> cgroups = new ArrayList<>(List.of(1L));

  /** Its {@code task_struct}: zeroed, to be filled by the test where the program looks. */
  public final Region struct;

  Task(int tid, int tgid, Region struct) {
    this.tid = tid;
    this.tgid = tgid;
    this.struct = struct;
  }
}
