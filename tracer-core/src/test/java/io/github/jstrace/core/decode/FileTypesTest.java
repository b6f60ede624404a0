// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static io.github.jstrace.core.decode.DecodedLines.edge;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.jstrace.core.text.TextOptions.Constants;
import io.github.jstrace.tables.Abi;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls on files against lines that strace 6.1 printed for the same memory. */
class FileTypesTest {
  private static final int ENOENT = -2;
  private static final int EBADF = -9;
  private static final int EINVAL = -22;
  private static final int EOVERFLOW = -75;
  private static final int AT_FDCWD = -100;

  private static final TimeZone ZONE = TimeZone.getDefault();

  private DecodedLines t = new DecodedLines();

  @BeforeAll
  static void utc() {
    TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
  }

  @AfterAll
  static void restore() {
    TimeZone.setDefault(ZONE);
  }

  @BeforeEach
  void fresh() {
    t = new DecodedLines();
  }

  @Test
  void fcntlResultsMeanWhatWasAskedFor() {
    assertEquals("fcntl(4, F_DUPFD, 5) = 8", t.line("fcntl", 8, 4, 0, 5));
    assertEquals("fcntl(4, F_GETFD) = 0", t.line("fcntl", 0, 4, 1));
    assertEquals("fcntl(3, F_GETFD) = 0x1 (flags FD_CLOEXEC)", t.line("fcntl", 1, 3, 1));
    assertEquals(
        "fcntl(4, F_GETFL) = 0x8002 (flags O_RDWR|O_LARGEFILE)", t.line("fcntl", 0x8002, 4, 3));
    assertEquals("fcntl(4, F_GETSIG) = 10 (SIGUSR1)", t.line("fcntl", 10, 4, 11));
    assertEquals("fcntl(3, F_GETSIG) = 0", t.line("fcntl", 0, 3, 11));
    assertEquals("fcntl(4, F_GETLEASE) = 0x1 (F_WRLCK)", t.line("fcntl", 1, 4, 1025));
    assertEquals(
        "fcntl(4, F_GET_SEALS) = 0xf (seals F_SEAL_SEAL|F_SEAL_SHRINK|F_SEAL_GROW|F_SEAL_WRITE)",
        t.line("fcntl", 15, 4, 1034));
  }

  @Test
  void fcntlResultsUnderX() {
    t.constants(Constants.VERBOSE);
    assertEquals(
        "fcntl(3, 0x1 /* F_GETFD */) = 0x1 (flags 0x1 /* FD_CLOEXEC */)", t.line("fcntl", 1, 3, 1));
    assertEquals(
        "fcntl(3, 0x3 /* F_GETFL */) = 0x8002 (flags O_RDWR|O_LARGEFILE)",
        t.line("fcntl", 0x8002, 3, 3));
    assertEquals("fcntl(0, 0x401 /* F_GETLEASE */) = 0x2 (F_UNLCK)", t.line("fcntl", 2, 0, 1025));
    assertEquals("fcntl(3, 0xb /* F_GETSIG */) = 29 (SIGIO)", t.line("fcntl", 29, 3, 11));
  }

  private String openat2(long how, long size) {
    return t.line("openat2", ENOENT, AT_FDCWD, t.put("/x"), how, size);
  }

  @Test
  void openHowMayBeLongerThanWeKnow() {
    long how = t.numbers(0100L, 0644L, 8L, 0L, 0x10000L);
    String known = "{flags=O_RDONLY|O_CREAT, mode=0644, resolve=RESOLVE_BENEATH";
    String end = ") = -1 ENOENT";
    assertEquals("openat2(AT_FDCWD, \"/x\", " + known + "}, 24" + end, openat2(how, 24));
    assertEquals("openat2(AT_FDCWD, \"/x\", " + known + "}, 32" + end, openat2(how, 32));
    String tail =
        ", /* bytes 24..39 */ \"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
            + "\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\"}, 40";
    assertEquals("openat2(AT_FDCWD, \"/x\", " + known + tail + end, openat2(how, 40));
    assertEquals("openat2(AT_FDCWD, \"/x\", 0x10000000, 23" + end, openat2(how, 23));
    t.store(edge(24), 0L, 0L, 0L);
    assertEquals(
        "openat2(AT_FDCWD, \"/x\", {flags=O_RDONLY, resolve=0, ???}, 32" + end,
        openat2(edge(24), 32));
  }

  @Test
  void modeOfOpenHowOnlyWhereItCounts() {
    assertEquals(
        "openat2(AT_FDCWD, \"/x\", {flags=O_RDONLY, mode=005, resolve=0}, 24) = -1 ENOENT",
        openat2(t.numbers(0L, 5L, 0L), 24));
    assertEquals(
        "openat2(AT_FDCWD, \"/x\", {flags=O_RDONLY|O_TMPFILE, mode=000, resolve=0}, 24)"
            + " = -1 ENOENT",
        openat2(t.numbers(0x410000L, 0L, 0L), 24));
  }

  @Test
  void directoryEntries() {
    byte[] two =
        DecodedLines.bytes(
            7L, 9L, (short) 24, (byte) 8, (byte) 'b', 0, 8L, 5L, (short) 24, (byte) 4, (byte) '.');
    byte[] padded = java.util.Arrays.copyOf(two, 48);
    long buffer = t.put(padded);
    assertEquals(
        "getdents64(3, 0x10000000 /* 2 entries */, 100) = 48",
        t.line("getdents64", 48, 3, buffer, 100));
    assertEquals(
        "getdents64(3, 0x10000000 /* 0 entries */, 100) = 0",
        t.line("getdents64", 0, 3, buffer, 100));
    assertEquals(
        "getdents64(9, 0x10000000, 100) = -1 EBADF", t.line("getdents64", EBADF, 9, buffer, 100));
    t.verbose();
    assertEquals(
        "getdents64(3, [{d_ino=7, d_off=9, d_reclen=24, d_type=DT_REG, d_name=\"b\"},"
            + " {d_ino=8, d_off=5, d_reclen=24, d_type=DT_DIR, d_name=\".\"}], 100) = 48",
        t.line("getdents64", 48, 3, buffer, 100));
    assertEquals("getdents64(3, [], 100) = 0", t.line("getdents64", 0, 3, buffer, 100));
  }

  @Test
  void oldDirectoryEntriesHaveTheirTypeAtTheEnd() {
    long buffer =
        t.put(DecodedLines.bytes(2155481L, 5L, (short) 24, (byte) 'b', 0, (byte) 8, (byte) 8));
    t.verbose();
    assertEquals(
        "getdents(3, [{d_ino=2155481, d_off=5, d_reclen=24, d_name=\"b\", d_type=DT_REG}], 99)"
            + " = 24",
        t.line("getdents", 24, 3, buffer, 99));
  }

  @Test
  void pairsOfTimes() {
    String file = "(AT_FDCWD, \"/n\", ";
    long path = t.put("/n");
    assertEquals(
        "utimensat"
            + file
            + "[{tv_sec=1, tv_nsec=2} /* 1970-01-01T00:00:01.000000002+0000 */,"
            + " {tv_sec=0, tv_nsec=0}], 0) = -1 ENOENT",
        t.line("utimensat", ENOENT, AT_FDCWD, path, t.numbers(1L, 2L, 0L, 0L)));
    assertEquals(
        "utimensat" + file + "[UTIME_NOW, UTIME_OMIT], 0) = -1 ENOENT",
        t.line("utimensat", ENOENT, AT_FDCWD, path, t.numbers(1L, 0x3fffffffL, 2L, 0x3ffffffeL)));
    assertEquals(
        "futimesat"
            + file
            + "[{tv_sec=-5, tv_usec=6} /* 1969-12-31T23:59:55.000006+0000 */,"
            + " {tv_sec=1099511627776, tv_usec=5} /* 36812-02-20T00:36:16.000005+0000 */])"
            + " = -1 ENOENT",
        t.line("futimesat", ENOENT, AT_FDCWD, path, t.numbers(-5L, 6L, 1L << 40, 5L)));
    assertEquals(
        "futimesat"
            + file
            + "[{tv_sec=1, tv_usec=18446744073709551615}, {tv_sec=5, tv_usec=1000000000}])"
            + " = -1 EINVAL",
        t.line("futimesat", EINVAL, AT_FDCWD, path, t.numbers(1L, -1L, 5L, 1000000000L)));
  }

  @Test
  void timesThatMeanNowUnderX() {
    long path = t.put("/n");
    t.constants(Constants.VERBOSE);
    assertEquals(
        "utimensat(-100 /* AT_FDCWD */, \"/n\", [{tv_sec=1, tv_nsec=1073741823} /* UTIME_NOW */,"
            + " {tv_sec=2, tv_nsec=1073741822} /* UTIME_OMIT */], 0) = -1 ENOENT",
        t.line("utimensat", ENOENT, AT_FDCWD, path, t.numbers(1L, 0x3fffffffL, 2L, 0x3ffffffeL)));
  }

  @Test
  void attributeValuesWithoutTheNulAtTheirEnd() {
    long name = t.put("user.a");
    long value = t.put("hello\0\0");
    assertEquals(
        "fsetxattr(3, \"user.a\", \"hello\", 6, 0) = 0",
        t.line("fsetxattr", 0, 3, name, value, 6, 0));
    assertEquals(
        "fsetxattr(3, \"user.a\", \"hello\\0\", 7, 0) = 0",
        t.line("fsetxattr", 0, 3, name, value, 7, 0));
    assertEquals(
        "fsetxattr(3, \"user.a\", 0x10000020, 65537, 0) = -1 EINVAL",
        t.line("fsetxattr", EINVAL, 3, name, value, 65537, 0));
    assertEquals(
        "fgetxattr(3, \"user.a\", 0x10000020, 6) = -1 EINVAL",
        t.line("fgetxattr", EINVAL, 3, name, value, 6));
  }

  @Test
  void fileHandles() {
    long path = t.put("/tmp");
    long handle = t.numbers(128, 0, 0L);
    Runnable fill = () -> t.store(handle, 8, 1, 0x3f7e8L);
    assertEquals(
        "name_to_handle_at(AT_FDCWD, \"/tmp\", {handle_bytes=128 => 8, handle_type=1,"
            + " f_handle=\"\\xe8\\xf7\\x03\\x00\\x00\\x00\\x00\\x00\"}, NULL, 0) = 0",
        t.line(Abi.X86_64, "name_to_handle_at", 0, fill, AT_FDCWD, path, handle));
    t.store(handle, 0);
    assertEquals(
        "name_to_handle_at(AT_FDCWD, \"/tmp\", {handle_bytes=0 => 8}, NULL, 0) = -1 EOVERFLOW",
        t.line(
            Abi.X86_64,
            "name_to_handle_at",
            EOVERFLOW,
            () -> t.store(handle, 8),
            AT_FDCWD,
            path,
            handle));
    assertEquals(
        "open_by_handle_at(99, {handle_bytes=8, handle_type=1,"
            + " f_handle=\"\\xe8\\xf7\\x03\\x00\\x00\\x00\\x00\\x00\"}, O_RDONLY) = -1 EBADF",
        t.line("open_by_handle_at", EBADF, 99, handle, 0));
  }

  @Test
  void numbersOfParts() {
    assertEquals(
        "ioprio_set(IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4)) = 0",
        t.line("ioprio_set", 0, 1, 0, 16388));
    assertEquals(
        "ioprio_get(IOPRIO_WHO_PROCESS, 0) = 16388 (IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4))",
        t.line("ioprio_get", 16388, 1, 0));
    assertEquals(
        "swapon(\"/n\", SWAP_FLAG_PREFER|5) = -1 ENOENT",
        t.line("swapon", ENOENT, t.put("/n"), 0x8005));
    assertEquals(
        "quotactl(QCMD(Q_GETQUOTA, USRQUOTA), NULL, 0, NULL) = -1 ENOENT",
        t.line("quotactl", ENOENT, 0x80000700L, 0, 0, 0));
    assertEquals("syslog(9 /* SYSLOG_ACTION_SIZE_UNREAD */) = 7", t.line("syslog", 7, 9));
  }

  @Test
  void numbersOfPartsUnderX() {
    t.constants(Constants.VERBOSE);
    assertEquals(
        "ioprio_set(0x1 /* IOPRIO_WHO_PROCESS */, 0,"
            + " 16388 /* IOPRIO_PRIO_VALUE(0x2 /* IOPRIO_CLASS_BE */, 4) */) = 0",
        t.line("ioprio_set", 0, 1, 0, 16388));
    assertEquals(
        "swapon(NULL, 0x8000 /* SWAP_FLAG_PREFER */|5) = -1 ENOENT",
        t.line("swapon", ENOENT, 0, 0x8005));
    assertEquals(
        "quotactl(2147485440 /* QCMD(Q_GETQUOTA, USRQUOTA) */, NULL, 0, NULL) = -1 ENOENT",
        t.line("quotactl", ENOENT, 0x80000700L, 0, 0, 0));
    assertEquals(
        "statx(0, \"\", 0 /* AT_STATX_SYNC_AS_STAT */|0x1000 /* AT_EMPTY_PATH */, 0, NULL)"
            + " = -1 ENOENT",
        t.line("statx", ENOENT, 0, t.put(""), 0x1000, 0, 0));
  }
}
