// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Regions with gaps between them, so that running over an end is seen. */
public final class AddressSpace {
  private static final int GAP = 4096;

  private final TreeMap<Long, Region> regions = new TreeMap<>(Long::compareUnsigned);
  private long next;

  AddressSpace(long start) {
    next = start;
  }

  /** Zeroed bytes at an address of the machine's choice, aligned to 4096. */
  public Region allocate(String name, int size) {
    return add(new Region(name, next, new byte[size], true));
  }

  /** Bytes whose content may only be read once written. */
  Region allocateUndefined(String name, int size) {
    return add(new Region(name, next, new byte[size], false));
  }

  /** A region with a copy of these bytes. */
  public Region allocate(String name, byte[] bytes) {
    return add(new Region(name, next, bytes.clone(), true));
  }

  /** A region with the string and a NUL. */
  public Region allocate(String name, String string) {
    return allocate(name, (string + "\0").getBytes(StandardCharsets.UTF_8));
  }

  /** Zeroed bytes at this address; adjacent regions are read across. */
  public Region allocateAt(String name, long address, int size) {
    Region region = new Region(name, address, new byte[size], true);
    regions.put(address, region);
    return region;
  }

  private Region add(Region region) {
    regions.put(region.address(), region);
    next += (region.size() + 2L * GAP - 1) / GAP * GAP;
    return region;
  }

  public void free(Region region) {
    regions.remove(region.address(), region);
  }

  /** The region that holds all these bytes, or null. */
  @Nullable Region find(long address, int size) {
    Map.Entry<Long, Region> entry = regions.floorEntry(address);
    if (entry == null) {
      return null;
    }
    long offset = address - entry.getKey();
    Region region = entry.getValue();
    return offset >= 0 && offset <= region.size() - (long) size ? region : null;
  }

  /** What a careful copy gives: the bytes, or null if one of them is not there. */
  byte @Nullable [] tryRead(long address, int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      Region region = find(address + i, 1);
      if (region == null || !region.isResident()) {
        return null;
      }
      bytes[i] = (byte) region.load((int) (address + i - region.address()), 1);
    }
    return bytes;
  }
}
