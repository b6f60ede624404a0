// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

/** The man page in roff (man(7)): options from {@link Opt}, the rest from here. */
final class ManPage {
  private static final String BEFORE_OPTIONS =
      """
      .SH DESCRIPTION
      .B jstrace
      shows the system calls that a program makes and the signals it gets: it runs
      .I PROG
      with
      .IR ARGS ,
      or attaches to processes that run already.
      Each call is a line with its name, its arguments and its result, as
      .BR strace (1)
      prints it; the options are strace's, too.
      With
      .B \\-c
      it counts instead, and with
      .B \\-\\-json
      it writes objects for other programs.
      .PP
      The program runs as it would without
      .BR jstrace :
      with the same environment, descriptors, signal actions, directory and terminal.
      .SH OPTIONS
      Letters can be put together
      .RB ( \\-fc ),
      long options can be abbreviated as long as they are unambiguous, and what follows
      .I PROG
      is left to it.
      """;

  private static final String AFTER_OPTIONS =
      """
      .SH JSON
      With
      .B \\-\\-json
      each line is one object, which says by its
      .I type
      what it is about:
      .BR syscall ", " signal ", " stop ", " exit ", " killed ", " attach ", " detach ", " summary
      and a few more.
      A call has
      .IR name ", " args " (each with its name and value), " return ,
      and
      .I errno
      if it failed.
      Objects, fields and values are described in
      .I json.md
      and, for validators, in
      .IR trace.schema.json ,
      both installed below
      .IR share/doc/jstrace .
      .PP
      .nf
      jstrace \\-\\-json \\-e trace=openat ls | jq \\-r \\(aqselect(.errno).args[1].value\\(aq
      .fi
      .SH FILTERS
      The set of
      .B \\-e trace=
      (and of
      .BR abbrev= ", " verbose= " and " raw= )
      is a list of items between commas:
      .TP
      .I NAME
      a system call, such as
      .BR openat ;
      a number means the call of this number in each ABI.
      .TP
      .BI % CLASS
      a class:
      .BR %file " (calls that take a file name), " %desc " (a descriptor), " %process ,
      .BR %network " or " %net ", " %signal ", " %ipc ", " %memory ", " %creds ", " %clock ,
      .BR %pure " (that cannot fail and take no arguments), " %stat ", " %lstat ", " %fstat ,
      .BR %%stat " (all of these), " %statfs ", " %fstatfs ", " %%statfs .
      .TP
      .BI / REGEX
      calls whose name contains a match of the extended regular expression.
      .TP
      .BR all ", " none
      what they say; they stand alone.
      .PP
      .B !
      before the whole list inverts it.
      .B ?
      before an item makes it no error if there is no such call.
      .BR @64 " or " @32
      behind an item limits it to 64-bit or 32-bit calls.
      If an option is given again, the last one counts.
      .PP
      Signals are given by number or name, in any case, with or without
      .BR SIG .
      .SH TAMPERING
      .BI \\-e " " inject= SET : WHAT [: WHAT ]...
      does to the calls in
      .I SET
      what is listed behind it. Only calls that are traced (see
      .BR \\-e " " trace=)
      are tampered with; of several expressions that concern one call the last counts.
      .TP
      .BI error= ERRNO
      the call is not made, and fails with the error: a name, or a number from 1 to 4095.
      .TP
      .BI retval= VALUE
      the call is not made, and returns the value.
      .TP
      .BI syscall= NAME
      with one of these, another call is made in place of none; only a call of
      .BR %pure .
      .TP
      .BI signal= SIGNAL
      the signal is sent when the call is entered.
      .TP
      .BI delay_enter= TIME ", " delay_exit= TIME
      the thread waits at the entry or at the exit; a number with
      .BR s ", " ms ", " us
      (default) or
      .BR ns .
      .TP
      .BI poke_enter=@arg N = HEX [,@arg N = HEX ]...
      the bytes are written to where argument
      .I N
      (from 1 on) points, before the call is made; with
      .B poke_exit
      when it has been made.
      .TP
      .BI when= FIRST [.. LAST ][+[ STEP ]]
      not all invocations are meant, but the one of number
      .IR FIRST ,
      or with
      .I LAST
      all up to that, or with
      .B +
      every
      .IR STEP th
      (default: every one) from there on. Invocations are counted for each thread and each system
      call apart.
      .PP
      .BI \\-e " " fault= SET [:error= ERRNO ][:when= WHEN ]
      lets calls fail with ENOSYS, or the error that is given.
      The trace marks the calls with
      .BR (INJECTED) ", " "(INJECTED: args)" " and " (DELAYED) .
      .SH SIGNALS
      When
      .B jstrace
      gets SIGHUP, SIGINT, SIGQUIT or SIGTERM it passes the signal to the command, lets go of all it
      traces, writes what it has gathered and dies of the signal.
      What is typed at the terminal, such as \\(haC, the terminal sends to the command as well:
      the command ends or goes on, and
      .B jstrace
      with it.
      Traced with
      .BI \\-o " FILE PROG"
      all of these signals are left to the command.
      A SIGHUP that was ignored when
      .B jstrace
      was started, as by
      .BR nohup (1),
      stays ignored.
      .SH EXIT STATUS
      That of
      .IR PROG ;
      if a signal ended it,
      .B jstrace
      ends by the same signal.
      Without
      .I PROG
      it is 0, or 1 if no process could be attached to.
      It is 1, and a line on stderr says why, if something is wrong with the command line.
      .SH ENVIRONMENT
      .TP
      .B JSTRACE_JAVA
      the Java to run with: its home directory, or the program.
      .TP
      .B JSTRACE_JAVA_OPTS
      further options for the JVM. With
      .B \\-Djstrace.debug=startup
      the time that each phase of the start took is shown at the end.
      .TP
      .B NO_COLOR
      if it is set,
      .B \\-\\-color=auto
      means never.
      .TP
      .B STRACE_COLORS
      the colours, as
      .I KEY=CODES
      between colons, CODES being numbers of SGR between semicolons; keys: syscall, argname, argval,
      const, comment, punct, retval, error.
      .SH EXAMPLES
      .TP
      .B jstrace \\-c make
      counts the calls of make itself; add
      .B \\-f
      for all that it runs.
      .TP
      .B jstrace \\-f \\-o log \\-e trace=%process make
      writes which processes make starts to the file log.
      .TP
      .B jstrace \\-p 1234 \\-e trace=%net \\-yy
      shows what a running process does in the network, and with whom.
      .SH NOTES
      Tracing takes the permission to do so: the same user and a program that is not set-user-ID, or
      CAP_SYS_PTRACE; see
      .I /proc/sys/kernel/yama/ptrace_scope
      for what else may forbid it.
      A traced program runs slower.
      .SH SEE ALSO
      .BR strace (1),
      .BR ptrace (2),
      .BR syscalls (2)
      """;

  private ManPage() {}

  static String text() {
    StringBuilder out = new StringBuilder();
    out.append(".TH JSTRACE 1 \"\" \"jstrace ")
        .append(Help.version())
        .append("\" \"User Commands\"\n");
    out.append(".SH NAME\njstrace \\- trace system calls and signals\n.SH SYNOPSIS\n");
    String break_ = "";
    for (String line : Help.synopsis()) {
      out.append(break_).append(".B jstrace\n").append(escape(line)).append('\n');
      break_ = ".br\n";
    }
    out.append(BEFORE_OPTIONS);
    for (Opt.Group group : Opt.Group.values()) {
      out.append(".SS ").append(group.title).append('\n');
      for (Opt option : Opt.all()) {
        if (option.group == group) {
          option(out, option);
        }
      }
    }
    return out.append(AFTER_OPTIONS).toString();
  }

  private static void option(StringBuilder out, Opt option) {
    out.append(".TP\n");
    String separator = "";
    if (option.letter != 0) {
      out.append("\\fB\\-").append(option.letter).append("\\fR");
      if (option.letterArg) {
        out.append(" \\fI").append(escape(option.argLabel)).append("\\fR");
      }
      separator = ", ";
    }
    for (String name : option.names) {
      out.append(separator).append("\\fB\\-\\-").append(escape(name)).append("\\fR");
      separator = ", ";
      String label = "\\fI" + escape(option.argLabel) + "\\fR";
      if (option.longArg == Opt.Arg.REQUIRED) {
        out.append('=').append(label);
      } else if (option.longArg == Opt.Arg.OPTIONAL) {
        out.append("[=").append(label).append(']');
      }
    }
    out.append('\n').append(escape(sentence(option.help))).append('\n');
  }

  private static String sentence(String help) {
    return Character.toUpperCase(help.charAt(0)) + help.substring(1) + ".";
  }

  /** A line of text: backslashes and dashes as they are, no request by accident. */
  private static String escape(String text) {
    String escaped = text.replace("\\", "\\e").replace("-", "\\-");
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }
}
