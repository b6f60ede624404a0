// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.core.TraceException;
import java.util.List;

/** What {@link FeaturesTest} runs in processes that lack something: prints what lacks. */
final class FeaturesMain {
  private FeaturesMain() {}

  public static void main(String[] args) {
    try {
      Features.check();
      System.out.println("available");
    } catch (TraceException e) {
      System.out.println(e.getMessage());
    }
    List<String> before = Needs.openDescriptors();
    for (int i = 0; i < 3; i++) {
      try {
        Features.check();
      } catch (TraceException e) {
        // printed above
      }
    }
    System.out.println("leaked " + (Needs.openDescriptors().size() - before.size()));
    // as a trace would begin without asking before
    try {
      BpfMap.create(io.github.jstrace.ebpf.asm.MapSpec.hash("m", 4, 4, 1)).close();
      System.out.println("map made");
    } catch (TraceException e) {
      System.out.println(e.getMessage());
    }
  }
}
