// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux.stack;

import io.github.jstrace.core.stack.StackFrame;
import io.github.jstrace.core.stack.StackUnwinder;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.ProcFs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks stacks by libunwind; names functions of libraries by their symbols, those of a just-in-time
 * compiler by its perf map.
 */
public final class LibraryUnwinder implements StackUnwinder {
  private static final StackFrame[] NOTHING = {};

  /** How often a perf map is looked at again for a function that it did not have. */
  private static final long PERF_MAP_NANOS = 500_000_000L;

  private final Libunwind unwind;
  private final @Nullable SourceLines sources;
  private final Demangler demangler;
  private final Libc libc;
  private final ProcFs procFs;
  private final int limit;

  private @Nullable PerfMap perfMap;
  private int perfMapTgid;
  private long perfMapTime;

  private LibraryUnwinder(Libc libc, Libunwind unwind, @Nullable SourceLines sources, int limit) {
    this.libc = libc;
    this.procFs = new ProcFs(libc);
    this.unwind = unwind;
    this.sources = sources;
    this.demangler = new Demangler(libc);
    this.limit = limit;
  }

  /**
   * Loads what it takes.
   *
   * @param withSources whether source files and lines are wanted
   * @param limit how many frames at most, above 0
   * @return null if something is not installed; {@link #missing} names it
   */
  public static @Nullable LibraryUnwinder load(Libc libc, boolean withSources, int limit) {
    Libunwind unwind = Libunwind.load(libc);
    SourceLines sources = withSources ? SourceLines.load(libc) : null;
    return unwind == null || (withSources && sources == null)
        ? null
        : new LibraryUnwinder(libc, unwind, sources, limit);
  }

  /** The library that {@link #load} could not find, and the package that commonly has it. */
  public static String missing(Libc libc) {
    return Libunwind.load(libc) == null
        ? "libunwind (package libunwind8, or libunwind)"
        : "libdw (package libdw1, or elfutils-libs)";
  }

  @Override
  public StackFrame[] unwind(int tid, int tgid) {
    byte[] text = procFs.maps(tid);
    if (text == null || !unwind.begin(tid)) {
      return NOTHING;
    }
    MapTable maps = MapTable.of(text);
    if (maps.isNarrow()) {
      unwind.end();
      return NOTHING; // the library would read words of 64 bits
    }
    if (sources != null) {
      sources.turnTo(tgid, text);
    }
    List<StackFrame> frames = new ArrayList<>();
    do {
      if (frames.size() == limit) {
        frames.add(StackFrame.MORE);
        break;
      }
      long address = unwind.instructionPointer();
      if (address == 0) {
        break;
      }
      StackFrame frame = frame(maps, tgid, address, frames.isEmpty());
      frames.add(frame);
      if (frame.object() == null) {
        break;
      }
    } while (unwind.step());
    unwind.end();
    return frames.toArray(NOTHING);
  }

  private StackFrame frame(MapTable maps, int tgid, long address, boolean innermost) {
    int map = maps.find(address);
    if (map < 0) {
      return compiled(tgid, address);
    }
    byte[] symbol = unwind.symbol();
    long symbolOffset = symbol == null ? 0 : unwind.symbolOffset();
    byte[] source = null;
    int line = 0;
    SourceLines lines = sources;
    if (lines != null) {
      // a caller's address is behind the call, which may be of the next line
      source = lines.file(innermost ? address : address - 1);
      line = lines.line();
    }
    return new StackFrame(
        address,
        maps.name(map),
        symbol == null ? null : demangler.readable(symbol),
        symbolOffset,
        maps.fileOffset(map, address),
        source,
        line);
  }

  /** Code in memory that has no name. */
  private StackFrame compiled(int tgid, long address) {
    PerfMap map = perfMap;
    int found = map == null || perfMapTgid != tgid ? -1 : map.find(address);
    long now = System.nanoTime();
    if (found < 0 && (perfMapTgid != tgid || now - perfMapTime > PERF_MAP_NANOS)) {
      map = PerfMap.read(libc, perfMapPath(tgid));
      perfMap = map;
      perfMapTgid = tgid;
      perfMapTime = now;
      found = map == null ? -1 : map.find(address);
    }
    if (map == null || found < 0) {
      return new StackFrame(address, null, null, 0, address, null, 0);
    }
    return new StackFrame(
        address, perfMapName(tgid), map.name(found), address - map.begin(found), address, null, 0);
  }

  /** As the tracee itself sees the name: it may be in a container. */
  private byte[] perfMapPath(int tgid) {
    byte[] ids = procFs.statusField(tgid, "NSpid");
    String own = Integer.toString(tgid);
    if (ids != null) {
      String all = new String(ids, StandardCharsets.ISO_8859_1).strip();
      own = all.substring(Math.max(all.lastIndexOf('\t'), all.lastIndexOf(' ')) + 1);
    }
    return ProcFs.path(tgid, "/root/tmp/perf-" + own + ".map");
  }

  private static byte[] perfMapName(int tgid) {
    return ("/tmp/perf-" + tgid + ".map").getBytes(StandardCharsets.ISO_8859_1);
  }
}
