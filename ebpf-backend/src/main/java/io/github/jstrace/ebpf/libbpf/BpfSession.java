// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.Program;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The maps, programs and links of one trace, all closed together and in the right order, whatever
 * went wrong on the way:
 *
 * <pre>{@code
 * try (BpfSession session = new BpfSession()) {
 *   BpfMap targets = session.create(targetsSpec);
 *   session.load(enterProgram, AttachPoint.rawTracepoint("sys_enter"));
 *   session.attach();
 *   ...
 * }
 * }</pre>
 *
 * <p>Nothing is pinned, so the kernel frees it all if this process is killed. One thread at a time.
 */
public final class BpfSession implements AutoCloseable {
  private final Map<MapSpec, BpfMap> maps = new IdentityHashMap<>();
  private final List<LoadedProgram> programs = new ArrayList<>();
  private final List<Link> links = new ArrayList<>();
  private int attached;

  /**
   * The map of a specification, created at the first call with it.
   *
   * @throws TraceException see {@link BpfMap#create}
   */
  public BpfMap create(MapSpec spec) throws TraceException {
    BpfMap map = maps.get(spec);
    if (map == null) {
      map = BpfMap.create(spec);
      maps.put(spec, map);
    }
    return map;
  }

  /**
   * Loads a program, and creates those of its maps that are not there yet. {@link #attach} makes it
   * run.
   *
   * @throws TraceException see {@link LoadedProgram#load}
   */
  public LoadedProgram load(Program program, AttachPoint where) throws TraceException {
    List<Program.MapReference> references = program.maps();
    for (int i = 0; i < references.size(); i++) {
      create(references.get(i).map());
    }
    LoadedProgram loaded = LoadedProgram.load(program, where, new Descriptors(maps));
    programs.add(loaded);
    return loaded;
  }

  private static final class Descriptors implements Program.MapDescriptors {
    private final Map<MapSpec, BpfMap> maps;

    Descriptors(Map<MapSpec, BpfMap> maps) {
      this.maps = maps;
    }

    @Override
    public int fd(MapSpec spec) {
      BpfMap map = maps.get(spec);
      if (map == null) {
        throw new IllegalStateException("no map " + spec);
      }
      return map.fd();
    }
  }

  /**
   * Attaches what was loaded and is not attached yet, in the order of loading.
   *
   * @throws TraceException see {@link Link#attach}
   */
  public void attach() throws TraceException {
    while (attached < programs.size()) {
      links.add(Link.attach(programs.get(attached)));
      attached++;
    }
  }

  /**
   * Detaches all programs: no more calls of them begin. One that has begun on another CPU still
   * ends, some microseconds later. The maps remain.
   */
  public void detach() {
    for (int i = links.size() - 1; i >= 0; i--) {
      links.get(i).close();
    }
    links.clear();
    attached = programs.size();
  }

  /** Detaches and frees everything. */
  @Override
  public void close() {
    detach();
    for (int i = 0; i < programs.size(); i++) {
      programs.get(i).close();
    }
    programs.clear();
    for (BpfMap map : maps.values()) {
      map.close();
    }
    maps.clear();
  }
}
