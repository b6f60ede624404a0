// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.tables.Signals;
import io.github.jstrace.tables.SyscallClasses;
import io.github.jstrace.tables.SyscallTable;
import java.util.Set;
import java.util.TreeSet;

/**
 * Completions for bash, zsh and fish: options, system calls, and commands with their own completion
 * behind.
 */
final class Completions {
  private static final String HEADER =
      "SPDX-License-Identifier: Apache-2.0\n# Made from the table of options; not to be edited.\n";

  /** Options that {@code -e} takes as well, and that have words of their own. */
  private static final Opt[] KEYS = {
    Opt.STATUS,
    Opt.QUIET,
    Opt.DECODE_FDS,
    Opt.DECODE_PIDS,
    Opt.TRACE_FDS,
    Opt.READ,
    Opt.WRITE,
    Opt.KVM,
    Opt.NAMESPACE,
    Opt.SECONTEXT
  };

  private Completions() {}

  /** What an expression of {@code -e} can begin with, but for calls. */
  private static String keys() {
    StringBuilder out = new StringBuilder("trace= abbrev= verbose= raw= signal= inject= fault=");
    for (Opt key : KEYS) {
      out.append(' ').append(key.names[0]).append('=');
    }
    return out.toString();
  }

  /** System calls and their classes. */
  private static String calls() {
    Set<String> names = new TreeSet<>();
    for (int i = 0; i < SyscallTable.size(); i++) {
      names.add(SyscallTable.row(i).name());
    }
    return String.join(" ", SyscallClasses.names()) + " " + String.join(" ", names);
  }

  private static String signals() {
    StringBuilder out = new StringBuilder();
    for (int i = 1; i < 32; i++) {
      out.append(i == 1 ? "" : " ").append(Signals.shortName(i));
    }
    return out.toString();
  }

  /** What the argument of an option can be, as words; empty if anything. */
  private static String words(Opt option) {
    switch (option) {
      case DETACH_ON:
        return "execve";
      case QUIET:
        return "attach exit path-resolution personality thread-execve all none";
      case RELATIVE_TIMESTAMPS:
      case SYSCALL_TIMES:
        return "s ms us ns";
      case ABSOLUTE_TIMESTAMPS:
        return "none time unix";
      case SORT_BY:
        return "time min-time max-time avg-time wall-total wall-min wall-max wall-avg calls errors name"
            + " nothing";
      case SUMMARY_COLUMNS:
        return "time-percent total-time min-time max-time avg-time wall-total wall-min wall-max"
            + " wall-avg calls errors name";
      case COLOR:
        return "auto always never";
      case SECONTEXT:
        return "full mismatch";
      case DAEMONIZE:
        return "grandchild pgroup session";
      case TIPS:
        return "none compact full random";
      case KVM:
        return "vcpu";
      case NAMESPACE:
        return "new";
      case STRINGS_IN_HEX:
        return "none non-ascii-chars non-ascii all";
      case STACK_TRACE:
        return "symbol source";
      case CONST_PRINT_STYLE:
        return "raw abbrev verbose";
      case DECODE_FDS:
        return "path socket dev pidfd eventfd signalfd all none";
      case DECODE_PIDS:
        return "comm pidns all none";
      case STATUS:
        return "successful failed unfinished unavailable detached all none";
      case FORMAT:
        return "text json";
      case LATENCY:
        return "bars";
      case INTERRUPTIBLE:
        return "anywhere waiting never never_tstp";
      case SECCOMP_BPF:
        return "auto off";
      case CPU:
        return "auto off";
      case BACKEND:
        return "auto ptrace ebpf";
      case SUMMARY_BY:
        return "process thread";
      case READ:
      case WRITE:
      case TRACE_FDS:
        return "all none";
      default:
        return "";
    }
  }

  private static boolean takesFiles(Opt option) {
    return option == Opt.OUTPUT || option == Opt.TRACE_PATH || option == Opt.CGROUP;
  }

  private static boolean takesCalls(Opt option) {
    return option == Opt.TRACE
        || option == Opt.ABBREV
        || option == Opt.VERBOSE
        || option == Opt.RAW
        || option == Opt.INJECT
        || option == Opt.FAULT;
  }

  /** Letters that take an argument. */
  private static String argLetters() {
    StringBuilder out = new StringBuilder();
    for (Opt option : Opt.all()) {
      if (option.letterArg && option.letter != 0) {
        out.append(option.letter);
      }
    }
    return out.toString();
  }

  static String bash() {
    StringBuilder options = new StringBuilder();
    StringBuilder cases = new StringBuilder();
    for (Opt option : Opt.all()) {
      String patterns =
          option.letter != 0 && option.letterArg
              ? "-" + option.letter + " | -[!-]*" + option.letter
              : "";
      if (option.letter != 0) {
        options.append(" -").append(option.letter);
      }
      for (String name : option.names) {
        options.append(" --").append(name);
        options.append(option.longArg == Opt.Arg.REQUIRED ? "=" : "");
        if (option.longArg != Opt.Arg.NONE) {
          patterns += (patterns.isEmpty() ? "" : " | ") + "--" + name;
        }
      }
      if (!patterns.isEmpty()) {
        cases
            .append("    ")
            .append(patterns)
            .append(") ")
            .append(bashAction(option))
            .append(" ;;\n");
      }
    }
    StringBuilder keys = new StringBuilder();
    for (Opt key : KEYS) {
      keys.append("    ").append(key.names[0]).append(") ").append(bashAction(key)).append(" ;;\n");
    }
    return "# "
        + HEADER
        + "\n_jstrace_calls='"
        + calls()
        + "'\n_jstrace_signals='"
        + signals()
        + "'\n"
        + """

        # the words $1, behind what stands before the last of commas, "!" and "?"
        _jstrace_list() {
          local head=${cur%"${cur##*[,!?]}"}
          mapfile -t COMPREPLY < <(compgen -P "$head" -W "$1" -- "${cur#"$head"}")
          compopt -o nospace
        }

        _jstrace_signal_list() {
          local names="all none $_jstrace_signals"
          [[ ${cur##*[,!?]} != S* ]] || names+=" SIG${_jstrace_signals// / SIG}"
          _jstrace_list "$names"
        }

        # the command that is traced, from word $1 on
        _jstrace_command() {
          if declare -F _command_offset >/dev/null; then
            _command_offset "$1"
          elif (($1 == COMP_CWORD)); then
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -c -- "$cur")
          else
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
          fi
        }

        _jstrace() {
          local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i=1
          COMPREPLY=()
          # readline splits --NAME=VALUE in three, and at colons
          while ((i < COMP_CWORD)); do
            case ${COMP_WORDS[i]} in
              --) ((i++)); break ;;
              --*) while [[ ${COMP_WORDS[i + 1]} == [=:] ]]; do ((i += 2)); done ;;
              -*[LETTERS]) ((i++))
                while [[ ${COMP_WORDS[i + 1]} == [=:] ]]; do ((i += 2)); done ;;
              -*) ;;
              *) break ;;
            esac
            ((i++))
          done
          if ((i < COMP_CWORD)) || { ((i == COMP_CWORD)) && [[ $cur != -* ]]; }; then
            _jstrace_command $i
            return
          fi
          if [[ $cur == : || $prev == : ]]; then
            return
          elif [[ $cur == = ]]; then
            cur=
          elif [[ $prev == = ]]; then
            prev=${COMP_WORDS[COMP_CWORD - 2]}
          fi
          case $prev in
        CASES    trace | abbrev | verbose | raw | inject | fault) _jstrace_list "all none $_jstrace_calls" ;;
            signal) _jstrace_signal_list ;;
        KEYS    *) mapfile -t COMPREPLY < <(compgen -W "OPTIONS" -- "$cur")
              [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace ;;
          esac
        }
        complete -F _jstrace jstrace
        """
            .replace("LETTERS", argLetters())
            .replace("CASES", cases.toString())
            .replace("KEYS", keys.toString())
            .replace("OPTIONS", options.substring(1));
  }

  private static String bashAction(Opt option) {
    if (takesCalls(option)) {
      return "_jstrace_list \"all none $_jstrace_calls\"";
    }
    switch (option) {
      case EXPR:
        return "_jstrace_list \"$_jstrace_calls " + keys() + "\"";
      case SIGNALS:
        return "_jstrace_signal_list";
      case OUTPUT:
      case TRACE_PATH:
      case CGROUP:
        return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")";
      case ATTACH:
        return "_jstrace_list \"$(cd /proc && echo [0-9]*)\"";
      case USER:
        return "mapfile -t COMPREPLY < <(compgen -u -- \"$cur\")";
      case ENV:
        return "mapfile -t COMPREPLY < <(compgen -e -- \"$cur\")";
      default:
        return words(option).isEmpty() ? "return" : "_jstrace_list \"" + words(option) + "\"";
    }
  }

  static String zsh() {
    StringBuilder specs = new StringBuilder();
    for (Opt option : Opt.all()) {
      String help =
          option
              .help
              .replace("'", "'\\''")
              .replace("[", "\\[")
              .replace("]", "\\]")
              .replace(":", "\\:");
      if (option.letter != 0) {
        String arg = option.letterArg ? "+" : "";
        specs
            .append("  '*-")
            .append(option.letter)
            .append(arg)
            .append('[')
            .append(help)
            .append(']');
        specs.append(option.letterArg ? zshAction(option, ":") : "").append("' \\\n");
      }
      for (String name : option.names) {
        String arg =
            option.longArg == Opt.Arg.NONE ? "" : option.longArg == Opt.Arg.REQUIRED ? "=" : "=-";
        specs.append("  '*--").append(name).append(arg).append('[').append(help).append(']');
        specs.append(arg.isEmpty() ? "" : zshAction(option, arg.equals("=") ? ":" : "::"));
        specs.append("' \\\n");
      }
    }
    return "#compdef jstrace\n# "
        + HEADER
        + "\nlocal -a calls signals\ncalls=(all none "
        + calls()
        + ")\nsignals=(all none "
        + signals()
        + ")\n"
        + """

        # the words given, behind the last of commas, "!" and "?"
        _jstrace_words() {
          compset -P '*[,!?]'
          compadd -S '' -- "$@"
        }

        _jstrace_expression() {
          if ! compset -P '*='; then
            _jstrace_words $calls KEYS
            return
          fi
          case $IPREFIX in
            *signal=) _jstrace_words $signals ;;
        CASES    *) _jstrace_words $calls ;;
          esac
        }

        """
            .replace("KEYS", keys())
            .replace("CASES", zshKeys())
        + "_arguments -s -S -A '-*' \\\n"
        + specs
        + "  '(-)1:command: _command_names -e' \\\n  '*::arguments: _normal'\n";
  }

  private static String zshKeys() {
    StringBuilder out = new StringBuilder();
    for (Opt key : KEYS) {
      out.append("    *").append(key.names[0]).append("=) _jstrace_words ");
      out.append(words(key)).append(" ;;\n");
    }
    return out.toString();
  }

  private static String zshAction(Opt option, String colons) {
    String action;
    if (option == Opt.EXPR) {
      action = "_jstrace_expression";
    } else if (takesCalls(option)) {
      action = "_jstrace_words $calls";
    } else if (option == Opt.SIGNALS) {
      action = "_jstrace_words $signals";
    } else if (takesFiles(option)) {
      action = "_files";
    } else if (option == Opt.ATTACH) {
      action = "_pids";
    } else if (option == Opt.USER) {
      action = "_users";
    } else if (option == Opt.ENV) {
      action = "_parameters -g \"*export*\"";
    } else {
      action = words(option).isEmpty() ? "" : "(" + words(option) + ")";
    }
    String label = option.argLabel.replace("[", "\\[").replace("]", "\\]").replace(":", "\\:");
    return colons + label + ":" + action;
  }

  static String fish() {
    StringBuilder out = new StringBuilder("# " + HEADER);
    out.append(
        """

        function __jstrace_list --description 'the words given, behind what stands before the last comma'
            set -l token (commandline -ct | string replace -r '^(-e|--[a-z-]+=)' '')
            set -l head (string replace -r '[^,!?]*$' '' -- $token)
            for word in $argv
                echo $head$word
            end
        end

        complete -c jstrace -f -n '__fish_is_first_token' -a '(__fish_complete_subcommand)'
        complete -c jstrace -x -a '(__fish_complete_subcommand)'
        """);
    out.append("set -g __jstrace_calls all none ").append(calls().replace("%", "'%'")).append('\n');
    out.append("set -g __jstrace_signals all none ").append(signals()).append('\n');
    for (Opt option : Opt.all()) {
      if (option.letter != 0) {
        fishLine(out, option, "-s " + option.letter, option.letterArg, true);
      }
      for (String name : option.names) {
        fishLine(
            out,
            option,
            "-l " + name,
            option.longArg != Opt.Arg.NONE,
            option.longArg == Opt.Arg.REQUIRED);
      }
    }
    return out.toString();
  }

  private static void fishLine(
      StringBuilder out, Opt option, String key, boolean arg, boolean needed) {
    out.append("complete -c jstrace ").append(key);
    if (arg) {
      out.append(needed ? " -r" : "").append(takesFiles(option) ? " -F" : " -f");
      String words = fishWords(option);
      out.append(words.isEmpty() ? "" : " -a \"" + words + "\"");
    }
    out.append(" -d '").append(option.help.replace("\\", "\\\\").replace("'", "\\'")).append("'\n");
  }

  private static String fishWords(Opt option) {
    if (takesCalls(option) || option == Opt.EXPR) {
      return "(__jstrace_list $__jstrace_calls)";
    }
    switch (option) {
      case SIGNALS:
        return "(__jstrace_list $__jstrace_signals)";
      case ATTACH:
        return "(__fish_complete_pids)";
      case USER:
        return "(__fish_complete_users)";
      default:
        return words(option);
    }
  }
}
