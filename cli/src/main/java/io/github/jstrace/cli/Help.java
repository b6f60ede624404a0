// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import java.io.PrintStream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What {@code -h} and {@code -V} print. Loaded for these only: picocli takes a tenth of a second to
 * load.
 */
final class Help {
  private static final String[] SYNOPSIS = {
    "[OPTIONS] PROG [ARGS...]",
    "[OPTIONS] -p PID [-p PID]...",
    "[OPTIONS] --all | --comm NAME | --cgroup PATH"
  };

  private Help() {}

  static void print(PrintStream out) {
    CommandLine commandLine = new CommandLine(commandSpec());
    commandLine.setUsageHelpAutoWidth(false);
    commandLine.setUsageHelpWidth(80);
    commandLine.setUsageHelpLongOptionsMaxWidth(30);
    String usage = commandLine.getUsageMessage(CommandLine.Help.Ansi.OFF);
    // picocli joins every argument with the sign of the long options
    out.print(usage.replace(" -e=EXPR", " -e EXPR"));
    out.flush();
  }

  static void printVersion(PrintStream out) {
    out.println("jstrace -- version " + version());
    out.println(
        "Traces system calls through ptrace and eBPF, on "
            + System.getProperty("java.vm.name")
            + " "
            + System.getProperty("java.runtime.version"));
    out.println("Licensed under the Apache License, version 2.0; there is no warranty.");
    out.flush();
  }

  static String version() {
    String version = Help.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : version;
  }

  /** The two ways to call jstrace, without its name. */
  static String[] synopsis() {
    return SYNOPSIS.clone();
  }

  private static CommandSpec commandSpec() {
    String name = Console.name();
    CommandSpec spec = CommandSpec.create().name(name);
    spec.usageMessage()
        .synopsisHeading("")
        .customSynopsis(
            "Usage: " + name + " " + SYNOPSIS[0],
            "   or: " + name + " " + SYNOPSIS[1],
            "   or: " + name + " " + SYNOPSIS[2])
        .description("", "Shows the system calls and signals of a program.")
        .sortOptions(false)
        .footer(
            "",
            "Several letters can be put together, long options may be abbreviated, and what follows PROG is"
                + " left to it. With -p and with PROG both are traced.");
    for (Opt.Group group : Opt.Group.values()) {
      ArgGroupSpec.Builder section =
          ArgGroupSpec.builder()
              .validate(false)
              .heading("%n" + group.title + ":%n")
              .order(group.ordinal());
      for (Opt option : Opt.all()) {
        if (option.group == group) {
          section.addArg(optionSpec(option));
        }
      }
      spec.addArgGroup(section.build());
    }
    return spec;
  }

  private static OptionSpec optionSpec(Opt option) {
    String[] names = new String[(option.letter == 0 ? 0 : 1) + Math.min(1, option.names.length)];
    if (option.letter != 0) {
      names[0] = "-" + option.letter;
    }
    if (option.names.length > 0) {
      names[names.length - 1] = "--" + option.names[0];
    }
    OptionSpec.Builder builder =
        OptionSpec.builder(names)
            .order(option.ordinal())
            .description(option.help.replace("%", "%%") + ".");
    if (!option.argLabel.isEmpty()) {
      builder
          .type(String.class)
          .arity(option.longArg == Opt.Arg.OPTIONAL ? "0..1" : "1")
          .paramLabel(option.argLabel);
    }
    return builder.build();
  }
}
