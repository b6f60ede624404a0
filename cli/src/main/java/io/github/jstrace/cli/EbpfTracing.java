// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.core.TracerBackend;
import io.github.jstrace.core.decode.CapturePlanner;
import io.github.jstrace.core.decode.SyscallDecoder;
import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.ebpf.EbpfBackend;
import io.github.jstrace.ebpf.EbpfOptions;
import io.github.jstrace.ebpf.EbpfSummary;
import io.github.jstrace.ebpf.SummarySettings;
import io.github.jstrace.ebpf.codegen.SummaryMaps.By;
import io.github.jstrace.ebpf.libbpf.Features;
import io.github.jstrace.ebpf.libbpf.Unavailable;
import io.github.jstrace.linux.LaunchSpec;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** From settings to an eBPF backend. Loaded only if there may be one. */
final class EbpfTracing {
  private EbpfTracing() {}

  /** Whether this machine and user can have it. */
  static boolean isAvailable() {
    try {
      Features.check();
      return true;
    } catch (TraceException e) {
      return false;
    }
  }

  /**
   * What a backend that could not begin says to the user.
   *
   * @param option what asked for it; null if the user named the backend
   */
  static String message(TraceException e, @Nullable String option) {
    String message = String.valueOf(e.getMessage());
    return option != null && e instanceof Unavailable ? option + ": " + message : message;
  }

  static TracerBackend backend(
      Settings settings, @Nullable LaunchSpec launch, SinkChoice choice, SyscallDecoder decoder) {
    if (settings.summary != Settings.Summary.ONLY) {
      boolean others = settings.tracesStrangers() || !settings.attach.isEmpty();
      if (settings.decodeFds() != 0 && others && !Features.seesOtherUsersProcesses()) {
        Console.say("without CAP_SYS_PTRACE, -y shows descriptors of this user's processes only");
      }
      EbpfOptions options = options(settings, launch);
      filter(settings, options);
      return new EbpfBackend(options, new CapturePlanner(choice.decodeOptions(), decoder));
    }
    return new EbpfSummary(
        options(settings, launch).setStatuses(settings.status),
        summarySettings(settings),
        choice.summaryWriter());
  }

  private static EbpfOptions options(Settings settings, @Nullable LaunchSpec launch) {
    EbpfOptions options =
        new EbpfOptions()
            .setLaunch(launch)
            .setFollowForks(settings.followForks())
            .setSystem(settings.all || (launch == null && settings.attach.isEmpty()))
            .setCalls(settings.trace)
            .setMinDuration(settings.minDuration)
            .setBufferSize(settings.buffer);
    for (int pid : settings.attach) {
      options.addPid(pid);
    }
    for (String comm : settings.comms) {
      options.addComm(comm.getBytes(StandardCharsets.ISO_8859_1));
    }
    if (settings.cgroup != null) {
      options.setCgroup(settings.cgroup.getBytes(StandardCharsets.ISO_8859_1));
    }
    return options;
  }

  /** What of a trace the kernel drops, which {@code EventPipeline} would drop otherwise. */
  private static void filter(Settings settings, EbpfOptions options) {
    boolean everything =
        // Signals are shown with what the last call was, be it traced or not.
        settings.syscallNumber || settings.instructionPointer || unfiltered();
    if (everything) {
      options.setCalls(SyscallFilter.ALL).setMinDuration(0);
    } else {
      options.setStatuses(settings.status);
    }
  }

  /** For tests that compare: {@code -Djstrace.debug=unfiltered} leaves all to user space. */
  private static boolean unfiltered() {
    return "unfiltered".equals(System.getProperty("jstrace.debug"));
  }

  private static SummarySettings summarySettings(Settings settings) {
    return new SummarySettings()
        .setBy(by(settings.summaryBy))
        .setLatency(settings.latency)
        .setErrnos(settings.json)
        .setCpuTimes(settings.json || !settings.wallClock)
        .setOverhead(Math.max(0, settings.overhead))
        .setInterval(settings.interval);
  }

  private static By by(Settings.SummaryBy by) {
    switch (by) {
      case PROCESS:
        return By.PROCESS;
      case THREAD:
        return By.THREAD;
      default:
        return By.NOTHING;
    }
  }
}
