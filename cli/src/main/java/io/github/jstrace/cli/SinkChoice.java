// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.decode.DecodeOptions;
import io.github.jstrace.core.decode.FdResolver;
import io.github.jstrace.core.decode.IoData;
import io.github.jstrace.core.filter.FdSet;
import io.github.jstrace.core.json.JsonLines;
import io.github.jstrace.core.json.JsonSink;
import io.github.jstrace.core.json.JsonSummary;
import io.github.jstrace.core.sink.Messages;
import io.github.jstrace.core.sink.Sink;
import io.github.jstrace.core.summary.SummaryOptions;
import io.github.jstrace.core.summary.SummaryOptions.Latency;
import io.github.jstrace.core.summary.SummarySink;
import io.github.jstrace.core.summary.SummaryTable;
import io.github.jstrace.core.summary.SummaryWriter;
import io.github.jstrace.core.text.Palette;
import io.github.jstrace.core.text.TextOptions;
import io.github.jstrace.core.text.TextSink;
import org.jspecify.annotations.Nullable;

/** From settings to sinks, and to what these need decoded. */
final class SinkChoice {
  private static final TextOptions.Precision[] PRECISIONS = TextOptions.Precision.values();

  private final Settings settings;
  private final Outputs outputs;

  SinkChoice(Settings settings, Outputs outputs) {
    this.settings = settings;
    this.outputs = outputs;
  }

  Sink[] sinks(FdResolver resolver, Messages messages) {
    if (settings.json) {
      return json();
    }
    switch (settings.summary) {
      case ONLY:
        return new Sink[] {summary(messages)};
      case ALSO:
        return new Sink[] {text(resolver, messages), summary(null)};
      default:
        return new Sink[] {text(resolver, messages)};
    }
  }

  /** Events are told by objects, not by messages. */
  private Sink[] json() {
    if (outputs.perThread()) {
      return new Sink[] {new JsonSink(outputs).setIoData(ioData())};
    }
    JsonLines lines = new JsonLines(outputs.log());
    SummarySink summary = new SummarySink(summaryOptions(), new JsonSummary(lines), null);
    switch (settings.summary) {
      case ONLY:
        return new Sink[] {summary};
      case ALSO:
        return new Sink[] {new JsonSink(lines).setIoData(ioData()), summary};
      default:
        return new Sink[] {new JsonSink(lines).setIoData(ioData())};
    }
  }

  private Sink text(FdResolver resolver, Messages messages) {
    TextOptions options = textOptions();
    TextSink sink =
        outputs.perThread()
            ? new TextSink(options, outputs, messages, resolver)
            : new TextSink(options, outputs.log(), messages, resolver);
    return sink.setIoData(ioData());
  }

  private @Nullable IoData ioData() {
    return settings.dumpRead == FdSet.NONE && settings.dumpWritten == FdSet.NONE
        ? null
        : new IoData(settings.dumpRead, settings.dumpWritten);
  }

  private Sink summary(@Nullable Messages messages) {
    SummaryOptions options = summaryOptions();
    return new SummarySink(options, new SummaryTable(options, outputs.log()), messages);
  }

  /** What shows summaries that the kernel has counted. */
  SummaryWriter summaryWriter() {
    return settings.json
        ? new JsonSummary(new JsonLines(outputs.log()))
        : new SummaryTable(summaryOptions(), outputs.log());
  }

  private SummaryOptions summaryOptions() {
    // where nothing fits the names asked for, an empty table says so
    boolean empty = settings.interval > 0 || !settings.comms.isEmpty() || settings.cgroup != null;
    SummaryOptions options =
        new SummaryOptions().setWallClock(settings.wallClock).setEmptyTables(empty);
    if (settings.sortBy != null) {
      options.setSortBy(settings.sortBy);
    }
    if (settings.columns != null) {
      options.setColumns(settings.columns);
    }
    if (settings.overhead >= 0) {
      options.setOverhead(settings.overhead);
    }
    if (settings.latency) {
      options.setLatency(settings.latencyBars ? Latency.BARS : Latency.PERCENTILES);
    }
    return options;
  }

  private TextOptions textOptions() {
    int quiet = settings.quiet();
    return new TextOptions()
        .setColumn(settings.column)
        .setConstants(constants())
        .setHexStrings(hexStrings())
        .setInstructionPointer(settings.instructionPointer)
        .setSyscallNumber(settings.syscallNumber)
        .setArgNames(settings.argNames)
        .setTimestamps(timestamps(), precision(settings.timeDigits))
        .setRelativeTimestamps(settings.relativeDigits >= 0, precision(settings.relativeDigits))
        .setSyscallTimes(settings.durationDigits >= 0, precision(settings.durationDigits))
        .setPidPrefix(pidPrefix())
        .setPidComms(settings.pidComms())
        .setSecurityContexts(securityContexts())
        .setPalette(palette())
        .setQuietExit((quiet & Settings.QUIET_EXIT) != 0)
        .setQuietPersonality((quiet & Settings.QUIET_PERSONALITY) != 0)
        .setQuietThreadExecve((quiet & Settings.QUIET_THREAD_EXECVE) != 0);
  }

  private @Nullable Palette palette() {
    boolean coloured =
        settings.color == Settings.Color.ALWAYS
            || settings.color == Settings.Color.AUTO && outputs.isTerminal() && terminalHasColor();
    return coloured ? new Palette(System.getenv("STRACE_COLORS")) : null;
  }

  /** Nearly all have; terminfo(5) is not asked. */
  private static boolean terminalHasColor() {
    String terminal = System.getenv("TERM");
    return System.getenv("NO_COLOR") == null
        && terminal != null
        && !terminal.isEmpty()
        && !terminal.equals("dumb")
        && !terminal.equals("unknown")
        && !terminal.startsWith("vt");
  }

  private TextOptions.Constants constants() {
    switch (settings.constStyle) {
      case RAW:
        return TextOptions.Constants.RAW;
      case VERBOSE:
        return TextOptions.Constants.VERBOSE;
      default:
        return TextOptions.Constants.ABBREV;
    }
  }

  private TextOptions.HexStrings hexStrings() {
    switch (settings.hexStyle()) {
      case NON_ASCII_CHARS:
        return TextOptions.HexStrings.NON_ASCII_CHARS;
      case NON_ASCII:
        return TextOptions.HexStrings.NON_ASCII;
      case ALL:
        return TextOptions.HexStrings.ALL;
      default:
        return TextOptions.HexStrings.NONE;
    }
  }

  private TextOptions.Timestamps timestamps() {
    switch (settings.timeFormat) {
      case TIME_OF_DAY:
        return TextOptions.Timestamps.TIME;
      case UNIX:
        return TextOptions.Timestamps.UNIX;
      default:
        return TextOptions.Timestamps.NONE;
    }
  }

  private static TextOptions.Precision precision(int digits) {
    return PRECISIONS[Math.max(0, digits) / 3];
  }

  private TextOptions.PidPrefix pidPrefix() {
    if (settings.alwaysShowPid && !outputs.perThread()) {
      return TextOptions.PidPrefix.ALWAYS; // as in a file: without brackets
    }
    boolean always = settings.tracesStrangers();
    if (settings.output == null) {
      return always ? TextOptions.PidPrefix.ALWAYS_IN_BRACKETS : TextOptions.PidPrefix.WHEN_SEVERAL;
    }
    int processes = settings.attach.size() + (settings.command.length > 0 ? 1 : 0);
    if (outputs.perThread()) {
      return TextOptions.PidPrefix.NEVER;
    }
    if (settings.followForks() || always || processes > 1) {
      return TextOptions.PidPrefix.ALWAYS;
    }
    // One process may have several threads, and all are attached to.
    return settings.attach.isEmpty()
        ? TextOptions.PidPrefix.NEVER
        : TextOptions.PidPrefix.IF_SEVERAL_ATTACHED;
  }

  private DecodeOptions.SecurityContexts securityContexts() {
    switch (settings.secontext) {
      case TYPE:
        return DecodeOptions.SecurityContexts.TYPE;
      case FULL:
        return DecodeOptions.SecurityContexts.FULL;
      default:
        return DecodeOptions.SecurityContexts.NONE;
    }
  }

  DecodeOptions decodeOptions() {
    return new DecodeOptions()
        .setMaxString(settings.stringLimit)
        .setFdKinds(settings.decodeFds())
        .setPidComms(settings.pidComms())
        .setNewNamespaces(settings.newNamespaces)
        .setVcpuExits(settings.vcpuExits)
        .setSecurityContexts(securityContexts())
        .setContextMismatches(settings.contextMismatches)
        .setPidNamespaces((settings.decodePids & Settings.PIDS_PIDNS) != 0)
        .setAbbreviated(settings.abbrev)
        .setVerbose(settings.verbose)
        .setRaw(settings.raw)
        .setEverything(settings.json);
  }
}
