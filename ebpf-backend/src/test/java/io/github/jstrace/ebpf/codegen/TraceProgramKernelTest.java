// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.filter.StatusFilter;
import io.github.jstrace.ebpf.EbpfOptions;
import io.github.jstrace.ebpf.Kernel;
import io.github.jstrace.ebpf.libbpf.BpfSession;
import io.github.jstrace.linux.Arch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel's verifier accepts the programs of a trace. Needs root, and BTF. */
class TraceProgramKernelTest {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theVerifierAcceptsThem(boolean loopHelper) throws Exception {
    EbpfOptions process = new EbpfOptions().addPid(1).setFollowForks(true);
    EbpfOptions system = new EbpfOptions().setSystem(true);
    accepts(process, ResultFilter.ALL, loopHelper);
    accepts(system, ResultFilter.ALL, loopHelper);
    StatusFilter unfinished = StatusFilter.of(StatusFilter.SUCCESSFUL | StatusFilter.UNFINISHED);
    accepts(process, new ResultFilter(unfinished, 0), loopHelper);
    StatusFilter failed = StatusFilter.of(StatusFilter.FAILED);
    accepts(system, new ResultFilter(failed, 1L << 40), loopHelper);
  }

  private static void accepts(EbpfOptions options, ResultFilter filter, boolean loopHelper)
      throws Exception {
    try (Kernel kernel = Kernel.open(options)) {
      accepts(kernel, filter, loopHelper);
    }
  }

  private static void accepts(Kernel kernel, ResultFilter filter, boolean loopHelper)
      throws Exception {
    TraceLayout places = new TraceLayout(Arch.current(), kernel.offsets());
    TraceProgram programs =
        new TraceProgram(kernel.layout(), places, kernel.selection(), filter, 1 << 20);
    EventPrograms events = programs.events();
    try (BpfSession session = new BpfSession()) {
      kernel.load(session, programs.enter(loopHelper), "sys_enter");
      kernel.load(session, programs.exit(loopHelper), "sys_exit");
      if (Arch.current() == Arch.X86_64) {
        kernel.load(session, programs.refusedEnd(loopHelper), "sched_process_exit");
      }
      kernel.load(session, programs.lateExecve(loopHelper), "sched_process_exec");
      kernel.load(session, events.fork(), "sched_process_fork");
      kernel.load(session, events.exec(), "sched_process_exec");
      kernel.load(session, events.exit(), "sched_process_exit");
      kernel.load(session, events.deliver(), "signal_deliver");
      kernel.load(session, events.generate(), "signal_generate");
      assertTrue(session.create(programs.ring()).fd() >= 0);
    }
  }
}
