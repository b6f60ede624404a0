// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux.stack;

import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.MappedMemory;
import io.github.jstrace.linux.NativeLibrary;
import io.github.jstrace.linux.NativeMemory;
import org.jspecify.annotations.Nullable;

/** Source file and line of an address, from debugging information, through libdw (elfutils). */
final class SourceLines {
  /** Far longer than any path. */
  private static final int MAX_NAME = 64 * 1024;

  private final NativeLibrary library;

  /** struct Dwfl_Callbacks: find_elf, find_debuginfo, section_address, debuginfo_path. */
  private final NativeMemory callbacks;

  private final NativeMemory line;
  private final long begin;
  private final long end;
  private final long report;
  private final long reportEnd;
  private final long module;
  private final long source;
  private final long info;
  private final long length;

  private long session;
  private int sessionTgid;
  private int sessionMaps;
  private int foundLine;

  private SourceLines(Libc libc, NativeLibrary library) {
    this.library = library;
    this.callbacks = libc.allocate(32);
    this.line = libc.allocate(8);
    callbacks.putLong(0, library.symbol("dwfl_linux_proc_find_elf"));
    callbacks.putLong(8, library.symbol("dwfl_standard_find_debuginfo"));
    begin = library.symbol("dwfl_begin");
    end = library.symbol("dwfl_end");
    report = library.symbol("dwfl_linux_proc_report");
    reportEnd = library.symbol("dwfl_report_end");
    module = library.symbol("dwfl_addrmodule");
    source = library.symbol("dwfl_module_getsrc");
    info = library.symbol("dwfl_lineinfo");
    length = library.symbol("strlen");
  }

  /** Loads the library; null if it is not installed. */
  static @Nullable SourceLines load(Libc libc) {
    NativeLibrary library = InstalledLibrary.open("libdw.so.1");
    if (library == null) {
      return null;
    }
    SourceLines result = new SourceLines(libc, library);
    return result.isWhole() ? result : null;
  }

  private boolean isWhole() {
    return callbacks.getLong(0) != 0
        && callbacks.getLong(8) != 0
        && begin != 0
        && end != 0
        && report != 0
        && reportEnd != 0
        && module != 0
        && source != 0
        && info != 0
        && length != 0;
  }

  /**
   * Turns to a process; what was learnt of it is kept as long as nothing else is mapped.
   *
   * @param maps its mappings, the text as it is
   */
  void turnTo(int tgid, byte[] maps) {
    int hash = java.util.Arrays.hashCode(maps);
    if (session != 0 && tgid == sessionTgid && hash == sessionMaps) {
      return;
    }
    if (session != 0) {
      library.call(end, session);
    }
    sessionTgid = tgid;
    sessionMaps = hash;
    session = library.call(begin, callbacks.address());
    if (session != 0) {
      library.call(report, session, tgid);
      library.call(reportEnd, session, 0, 0);
    }
  }

  /** The source file of an address, whose line then is {@link #line}; null if it is not known. */
  byte @Nullable [] file(long address) {
    long mod = session == 0 ? 0 : library.call(module, session, address);
    long found = mod == 0 ? 0 : library.call(source, mod, address);
    long name = found == 0 ? 0 : library.call(info, found, 0, line.address(), 0, 0, 0);
    if (name == 0) {
      return null;
    }
    foundLine = line.getInt(0);
    long size = library.call(length, name);
    return size <= 0 || size > MAX_NAME
        ? null
        : MappedMemory.at(name, (int) size).memory().bytes(0, (int) size);
  }

  int line() {
    return foundLine;
  }
}
