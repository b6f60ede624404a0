// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.jstrace.core.text.TextOptions.Constants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** ioctl(2) against lines that strace 6.1 printed for the same memory. */
class IoctlTypesTest {
  private static final int ENOTTY = -25;

  private DecodedLines t = new DecodedLines();

  @BeforeEach
  void fresh() {
    t = new DecodedLines();
  }

  private String ioctl(long result, long command, long argument) {
    return t.line("ioctl", result, 3, command, argument);
  }

  @Test
  void commands() {
    assertEquals(
        "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0xff, 0xff, 0x3fff), 0x5) = -1 ENOTTY",
        ioctl(ENOTTY, 0xffffffffL, 5));
    assertEquals("ioctl(3, _IOC(_IOC_NONE, 0, 0, 0), 0) = -1 ENOTTY", ioctl(ENOTTY, 0, 0));
    assertEquals("ioctl(3, EVIOCGBIT(EV_KEY, 96), 0x5) = -1 ENOTTY", ioctl(ENOTTY, 0x80604521L, 5));
    assertEquals("ioctl(3, MIXER_READ(2), 0x5) = -1 ENOTTY", ioctl(ENOTTY, 0x80084d02L, 5));
    assertEquals(
        "ioctl(3, BTRFS_IOC_CLONE or FICLONE, -1) = -1 ENOTTY", ioctl(ENOTTY, 0x40049409, -1));
    assertEquals("ioctl(3, FIOCLEX) = 0", ioctl(0, 0x5451, 5));
    t.constants(Constants.VERBOSE);
    assertEquals(
        "ioctl(3, 0x12345678 /* _IOC(_IOC_NONE, 0x56, 0x78, 0x1234) */, 0x5) = -1 ENOTTY",
        ioctl(ENOTTY, 0x12345678, 5));
    t.constants(Constants.RAW);
    assertEquals("ioctl(3, 0x12345678, 0x5) = -1 ENOTTY", ioctl(ENOTTY, 0x12345678, 5));
  }

  /** Flags 1, 2, 3 and so on: what the line was printed for. */
  private long termios() {
    return t.numbers(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
  }

  @Test
  void terminalSettings() {
    long termios = termios();
    assertEquals(
        "ioctl(3, TCGETS, {c_iflag=IGNBRK, c_oflag=NL0|CR0|TAB0|BS0|VT0|FF0|OLCUC,"
            + " c_cflag=B110|CS5|, c_lflag=XCASE, ...}) = 0",
        ioctl(0, 0x5401, termios));
    assertEquals("ioctl(3, TCGETS, 0x10000000) = -1 ENOTTY", ioctl(ENOTTY, 0x5401, termios));
    t.verbose();
    assertEquals(
        "ioctl(3, TCGETS2, {c_iflag=IGNBRK, c_oflag=NL0|CR0|TAB0|BS0|VT0|FF0|OLCUC,"
            + " c_cflag=B110|CS5|, c_lflag=XCASE, c_line=N_AX25, c_cc=[[VINTR]=0, [VQUIT]=0,"
            + " [VERASE]=0, [VKILL]=0x6, [VEOF]=0, [VTIME]=0, [VMIN]=0, [VSWTC]=0x7,"
            + " [VSTART]=0, [VSTOP]=0, [VSUSP]=0, [VEOL]=0x8, [VREPRINT]=0, [VDISCARD]=0,"
            + " [VWERASE]=0, [VLNEXT]=0x9, [VEOL2]=0, [17]=0, [18]=0], c_ispeed=10,"
            + " c_ospeed=11}) = 0",
        ioctl(0, 0x802c542aL, termios));
    assertEquals(
        "ioctl(3, TCGETA, {c_iflag=IGNBRK, c_oflag=NL0|CR0|TAB0|BS0|VT0|FF0|, c_cflag=B75|CS5|,"
            + " c_lflag=, c_line=N_PPP, c_cc=[[VINTR]=0, [VQUIT]=0, [VERASE]=0, [VKILL]=0x4,"
            + " [VEOF]=0, [VTIME]=0, [VMIN]=0, [VSWTC]=0x5]}) = 0",
        ioctl(0, 0x5405, termios));
  }

  @Test
  void terminalSettingsUnderX() {
    long termios = termios();
    t.constants(Constants.VERBOSE);
    assertEquals(
        "ioctl(3, 0x5401 /* TCGETS */, {c_iflag=0x1 /* IGNBRK */, c_oflag=0 /* NL0 */|0 /* CR0"
            + " */|0 /* TAB0 */|0 /* BS0 */|0 /* VT0 */|0 /* FF0 */|0x2 /* OLCUC */,"
            + " c_cflag=0x3 /* B110 */|0 /* CS5 */|, c_lflag=0x4 /* XCASE */, ...}) = 0",
        ioctl(0, 0x5401, termios));
    t.constants(Constants.RAW);
    assertEquals(
        "ioctl(3, 0x5401, {c_iflag=0x1, c_oflag=0|0|0|0|0|0|0x2, c_cflag=0x3|0|, c_lflag=0x4,"
            + " ...}) = 0",
        ioctl(0, 0x5401, termios));
  }

  @Test
  void argumentsOfTerminals() {
    long numbers = t.numbers(1, 2);
    assertEquals(
        "ioctl(3, TIOCGWINSZ, {ws_row=1, ws_col=0, ws_xpixel=2, ws_ypixel=0}) = 0",
        ioctl(0, 0x5413, numbers));
    assertEquals("ioctl(3, TIOCGPGRP, [1]) = 0", ioctl(0, 0x540f, numbers));
    assertEquals("ioctl(3, TIOCGPGRP, 0x10000000) = -1 ENOTTY", ioctl(ENOTTY, 0x540f, numbers));
    assertEquals("ioctl(3, TIOCSPGRP, [1]) = -1 ENOTTY", ioctl(ENOTTY, 0x5410, numbers));
    assertEquals("ioctl(3, TIOCSCTTY, 1) = 0", ioctl(0, 0x540e, 1));
    assertEquals("ioctl(3, TCFLSH, TCIOFLUSH) = 0", ioctl(0, 0x540b, 2));
    assertEquals("ioctl(3, TCFLSH, 0x10000000 /* TC??? */) = 0", ioctl(0, 0x540b, 0x10000000));
    assertEquals("ioctl(3, TIOCMSET, [TIOCM_LE]) = 0", ioctl(0, 0x5418, numbers));
    assertEquals("ioctl(3, FIONBIO, [1]) = 0", ioctl(0, 0x5421, numbers));
    assertEquals("ioctl(3, TIOCSTI, \"\\1\") = 0", ioctl(0, 0x5412, numbers));
  }

  @Test
  void interfaces() {
    long request = t.numbers(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    assertEquals(
        "ioctl(3, SIOCGIFFLAGS, {ifr_name=\"\\1\", ifr_flags=IFF_UP|IFF_DEBUG}) = 0",
        ioctl(0, 0x8913, request));
    assertEquals(
        "ioctl(3, SIOCGIFFLAGS, {ifr_name=\"\\1\"}) = -1 ENOTTY", ioctl(ENOTTY, 0x8913, request));
    assertEquals(
        "ioctl(3, SIOCGIFNAME, {ifr_ifindex=5, ifr_name=\"\\1\"}) = 0", ioctl(0, 0x8910, request));
    assertEquals(
        "ioctl(3, SIOCGIFADDR, {ifr_name=\"\\1\", ifr_addr={sa_family=AF_APPLETALK,"
            + " sa_data=\"\\0\\0\\6\\0\\0\\0\\7\\0\\0\\0\\10\\0\\0\\0\"}}) = 0",
        ioctl(0, 0x8915, request));
    assertEquals(
        "ioctl(3, SIOCGIFHWADDR, {ifr_name=\"\\1\", ifr_hwaddr={sa_family=ARPHRD_CHAOS,"
            + " sa_data=00:00:06:00:00:00:07:00:00:00:08:00:00:00}}) = 0",
        ioctl(0, 0x8927, request));
  }

  @Test
  void files() {
    long numbers = t.numbers(1, 2, 3, 4, 5);
    assertEquals("ioctl(3, BLKGETSIZE64, [8589934593]) = 0", ioctl(0, 0x80081272L, numbers));
    assertEquals("ioctl(3, FS_IOC_GETFLAGS, [FS_SECRM_FL]) = 0", ioctl(0, 0x80086601L, numbers));
    assertEquals(
        "ioctl(3, RNDADDENTROPY, {entropy_count=1, buf_size=2, buf=\"\\3\\0\"}) = 0",
        ioctl(0, 0x40085203, numbers));
  }

  @Test
  void whatTheKernelMadeOfARequest() {
    long map = t.numbers(0L, -1L, 1, 1, 4, 0, 0L, 4096L, 8192L, 0L, 0L, 1, 0, 0L);
    String given =
        "ioctl(3, FS_IOC_FIEMAP, {fm_start=0, fm_length=18446744073709551615,"
            + " fm_flags=FIEMAP_FLAG_SYNC, fm_extent_count=4}";
    assertEquals(given + ") = -1 ENOTTY", ioctl(ENOTTY, 0xc020660bL, map));
    assertEquals(
        given + " => {fm_flags=FIEMAP_FLAG_SYNC, fm_mapped_extents=1, ...}) = 0",
        ioctl(0, 0xc020660bL, map));
    t.verbose();
    assertEquals(
        given
            + " => {fm_flags=FIEMAP_FLAG_SYNC, fm_mapped_extents=1, fm_extents=[{fe_logical=0,"
            + " fe_physical=4096, fe_length=8192, fe_flags=FIEMAP_EXTENT_LAST}]}) = 0",
        ioctl(0, 0xc020660bL, map));
  }

  @Test
  void featuresOfUserfaultfd() {
    long api = t.numbers(0xaaL, 0L, 0L);
    Runnable answer = () -> t.store(api, 0xaaL, 4L, 0x8000000000000003L);
    assertEquals(
        "ioctl(3, UFFDIO_API, {api=0xaa, features=0 => features=UFFD_FEATURE_EVENT_REMAP,"
            + " ioctls=1<<_UFFDIO_REGISTER|1<<_UFFDIO_UNREGISTER|1<<_UFFDIO_API}) = 0",
        t.line(io.github.jstrace.tables.Abi.X86_64, "ioctl", 0, answer, 3, 0xc018aa3fL, api));
  }
}
