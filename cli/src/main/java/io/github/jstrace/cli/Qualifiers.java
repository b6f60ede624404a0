// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.filter.FdSet;
import io.github.jstrace.core.filter.FilterSyntaxException;
import io.github.jstrace.core.filter.NamedBits;
import io.github.jstrace.core.filter.SignalFilter;
import io.github.jstrace.core.filter.StatusFilter;
import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.tables.Abi;

/** The expressions of {@code -e}, and the long options that stand for them. */
final class Qualifiers {
  /** Those whose calls a program of this machine can make, its native one first. */
  private final Abi[] abis =
      Abi.host() == Abi.X86_64 ? new Abi[] {Abi.X86_64, Abi.I386} : new Abi[] {Abi.host()};

  private final Settings settings;

  Qualifiers(Settings settings) {
    this.settings = settings;
  }

  /** {@code KEY=VALUE}, or else the value of {@code trace}. */
  void expression(String text) throws UsageException, FilterSyntaxException {
    int equals = text.indexOf('=');
    if (equals < 0 || !apply(text.substring(0, equals), text.substring(equals + 1))) {
      apply("trace", text);
    }
  }

  /** Returns whether there is such a key. */
  boolean apply(String key, String value) throws UsageException, FilterSyntaxException {
    switch (key) {
      case "trace":
      case "t":
        settings.trace = SyscallFilter.parse(value, abis).withUnknown();
        return true;
      case "abbrev":
      case "a":
        settings.abbrev = SyscallFilter.parse(value, abis);
        return true;
      case "verbose":
      case "v":
        settings.verbose = SyscallFilter.parse(value, abis);
        return true;
      case "raw":
      case "x":
        settings.raw = SyscallFilter.parse(value, abis);
        return true;
      case "signal":
      case "signals":
      case "s":
        settings.signals = SignalFilter.parse(value);
        return true;
      case "status":
        settings.status = StatusFilter.parse(value);
        return true;
      case "quiet":
      case "silent":
      case "silence":
      case "q":
        quiet(value);
        return true;
      case "decode-fds":
      case "decode-fd":
        decodeFds(value);
        return true;
      case "decode-pids":
      case "decode-pid":
        decodePids(value);
        return true;
      case "inject":
      case "fault":
        settings.injections.add(
            InjectionSyntax.parse(value, key.equals("fault"), abis, settings.warnings));
        return true;
      case "read":
      case "reads":
      case "r":
        settings.dumpRead = FdSet.parse(value);
        return true;
      case "write":
      case "writes":
      case "w":
        settings.dumpWritten = FdSet.parse(value);
        return true;
      case "trace-fds":
      case "trace-fd":
      case "fds":
      case "fd":
        settings.descriptors = FdSet.parse(value);
        return true;
      case "kvm":
        settings.vcpuExits = only("kvm", "vcpu", value);
        return true;
      case "namespace":
        settings.newNamespaces = only("namespace", "new", value);
        return true;
      case "secontext":
        secontext(value);
        return true;
      default:
        return false;
    }
  }

  private static boolean only(String key, String word, String value) throws UsageException {
    if (!value.equals(word)) {
      throw new UsageException("invalid -e " + key + "= argument: '" + value + "'", false);
    }
    return true;
  }

  private void secontext(String set) throws FilterSyntaxException {
    int bits = NamedBits.parse(set, "secontext", "full", "mismatch");
    settings.secontext = (bits & 1) != 0 ? Settings.Secontext.FULL : Settings.Secontext.TYPE;
    settings.contextMismatches = (bits & 2) != 0;
  }

  void quiet(String set) throws FilterSyntaxException {
    settings.quietWord =
        NamedBits.parse(
            set,
            "quiet",
            "attach",
            "exit|exits",
            "path-resolution",
            "personality",
            "thread-execve|superseded");
  }

  void decodeFds(String set) throws FilterSyntaxException {
    settings.fdWord =
        NamedBits.parse(set, "decode-fds", "dev", "path", "pidfd", "socket", "eventfd", "signalfd");
  }

  void decodePids(String set) throws FilterSyntaxException {
    settings.decodePids = NamedBits.parse(set, "decode-pids", "comm", "pidns");
  }
}
