// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeLibrary;
import io.github.jstrace.linux.NativeMemory;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libbpf.so.1 that are used here, under their names; see bpf.h and libbpf.h of
 * libbpf 1.0 and 1.1. Results are at least 0, or {@code -errno}. Addresses are those of {@link
 * NativeMemory} that the caller keeps reachable.
 *
 * <p>The library is loaded at the first {@link #get}, a function is looked up at its first call,
 * and nothing is ever printed by libbpf itself. May be called from any thread.
 */
final class Libbpf {
  static final String NAME = "libbpf.so.1";

  private static final int MAP_CREATE = 0;
  private static final int MAP_LOOKUP_ELEM = 1;
  private static final int MAP_UPDATE_ELEM = 2;
  private static final int MAP_DELETE_ELEM = 3;
  private static final int MAP_GET_NEXT_KEY = 4;
  private static final int MAP_LOOKUP_BATCH = 5;
  private static final int PROG_LOAD = 6;
  private static final int RAW_TRACEPOINT_OPEN = 7;
  private static final int LINK_CREATE = 8;
  private static final int BTF_LOAD = 9;
  private static final int NUM_POSSIBLE_CPUS = 10;
  private static final int STRERROR = 11;
  private static final int OBJ_GET_INFO_BY_FD = 12;
  private static final int PROG_GET_NEXT_ID = 13;
  private static final int PROG_GET_FD_BY_ID = 14;
  private static final int MAP_GET_NEXT_ID = 15;
  private static final int LINK_GET_NEXT_ID = 16;

  private static final String[] NAMES = {
    "bpf_map_create",
    "bpf_map_lookup_elem",
    "bpf_map_update_elem",
    "bpf_map_delete_elem",
    "bpf_map_get_next_key",
    "bpf_map_lookup_batch",
    "bpf_prog_load",
    "bpf_raw_tracepoint_open",
    "bpf_link_create",
    "bpf_btf_load",
    "libbpf_num_possible_cpus",
    "libbpf_strerror",
    "bpf_obj_get_info_by_fd",
    "bpf_prog_get_next_id",
    "bpf_prog_get_fd_by_id",
    "bpf_map_get_next_id",
    "bpf_link_get_next_id",
  };

  private static @Nullable Libbpf instance;

  private final NativeLibrary library;
  private final long[] addresses = new long[NAMES.length];
  private int possibleCpus;

  private Libbpf(NativeLibrary library) {
    this.library = library;
  }

  /**
   * The library, loaded at the first call.
   *
   * @throws Unavailable if it is not installed or too old
   */
  static synchronized Libbpf get() throws Unavailable {
    Libbpf result = instance;
    if (result == null) {
      result = load(NAME);
      instance = result;
    }
    return result;
  }

  /** For tests also under another name. */
  static Libbpf load(String name) throws Unavailable {
    NativeLibrary library;
    try {
      library = NativeLibrary.open(name);
    } catch (UnsatisfiedLinkError e) {
      throw Unavailable.noLibrary(name, String.valueOf(e.getMessage()));
    }
    long majorVersion = library.symbol("libbpf_major_version");
    int major = majorVersion == 0 ? 0 : (int) library.call(majorVersion);
    if (major < 1) {
      long minorVersion = library.symbol("libbpf_minor_version");
      throw Unavailable.oldLibrary(
          minorVersion == 0 ? "older than 0.6" : "0." + (int) library.call(minorVersion));
    }
    // or it writes to stderr what the exceptions here say
    library.call(library.symbol("libbpf_set_print"), 0);
    return new Libbpf(library);
  }

  /** Its version, as {@code 1.1}. */
  String version() {
    return (int) library.call(library.symbol("libbpf_major_version"))
        + "."
        + (int) library.call(library.symbol("libbpf_minor_version"));
  }

  private long address(int function) {
    long address = addresses[function];
    if (address == 0) {
      address = library.symbol(NAMES[function]);
      if (address == 0) {
        throw new UnsatisfiedLinkError(NAME + " has no function " + NAMES[function]);
      }
      addresses[function] = address;
    }
    return address;
  }

  int mapCreate(
      int type, long name, int keySize, int valueSize, int maxEntries, long optionsAddress) {
    return (int)
        library.call(
            address(MAP_CREATE), type, name, keySize, valueSize, maxEntries, optionsAddress);
  }

  int mapLookupElem(int fd, long key, long value) {
    return (int) library.call(address(MAP_LOOKUP_ELEM), fd, key, value);
  }

  int mapUpdateElem(int fd, long key, long value, long flags) {
    return (int) library.call(address(MAP_UPDATE_ELEM), fd, key, value, flags);
  }

  int mapDeleteElem(int fd, long key) {
    return (int) library.call(address(MAP_DELETE_ELEM), fd, key);
  }

  int mapGetNextKey(int fd, long key, long nextKey) {
    return (int) library.call(address(MAP_GET_NEXT_KEY), fd, key, nextKey);
  }

  int mapLookupBatch(int fd, long in, long out, long keys, long values, long count, long options) {
    return (int) library.call(address(MAP_LOOKUP_BATCH), fd, in, out, keys, values, count, options);
  }

  int progLoad(int type, long name, long license, long instructions, long count, long options) {
    return (int)
        library.call(address(PROG_LOAD), type, name, license, instructions, count, options);
  }

  int rawTracepointOpen(long name, int programFd) {
    return (int) library.call(address(RAW_TRACEPOINT_OPEN), name, programFd);
  }

  int linkCreate(int programFd, int targetFd, int attachType, long options) {
    return (int) library.call(address(LINK_CREATE), programFd, targetFd, attachType, options);
  }

  int btfLoad(long data, long size, long options) {
    return (int) library.call(address(BTF_LOAD), data, size, options);
  }

  int objGetInfoByFd(int fd, long info, long lengthAddress) {
    return (int) library.call(address(OBJ_GET_INFO_BY_FD), fd, info, lengthAddress);
  }

  int progGetNextId(int start, long nextAddress) {
    return (int) library.call(address(PROG_GET_NEXT_ID), start, nextAddress);
  }

  int progGetFdById(int id) {
    return (int) library.call(address(PROG_GET_FD_BY_ID), id);
  }

  int mapGetNextId(int start, long nextAddress) {
    return (int) library.call(address(MAP_GET_NEXT_ID), start, nextAddress);
  }

  int linkGetNextId(int start, long nextAddress) {
    return (int) library.call(address(LINK_GET_NEXT_ID), start, nextAddress);
  }

  /** How many CPUs this machine may ever have; as many values a per-CPU entry has. */
  int possibleCpus() {
    int result = possibleCpus;
    if (result == 0) {
      result = Math.max(1, (int) library.call(address(NUM_POSSIBLE_CPUS)));
      possibleCpus = result;
    }
    return result;
  }

  /** A C string in memory that C can read. */
  static NativeMemory string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    NativeMemory memory = Libc.get().allocate(bytes.length + 1);
    memory.put(0, bytes, 0, bytes.length);
    return memory;
  }

  /** The text of an error number, for instance {@code Operation not permitted}. */
  static String errorText(int errno) {
    Libbpf libbpf;
    synchronized (Libbpf.class) {
      libbpf = instance;
    }
    if (libbpf == null) {
      return "error " + errno;
    }
    NativeMemory text = Libc.get().allocate(256);
    libbpf.library.call(libbpf.address(STRERROR), errno, text.address(), text.size());
    int length = 0;
    while (length < text.size() && text.getByte(length) != 0) {
      length++;
    }
    String result = new String(text.bytes(0, length), StandardCharsets.UTF_8);
    Reference.reachabilityFence(text);
    return result;
  }
}
