// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.jstrace.core.text.TextOptions.Constants;
import io.github.jstrace.tables.Abi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** System V IPC, aio and io_uring against lines that strace 6.1 printed for the same memory. */
class IpcTypesTest {
  private static final int EINVAL = -22;
  private static final int EBADF = -9;

  private DecodedLines t = new DecodedLines();

  @BeforeEach
  void fresh() {
    t = new DecodedLines();
  }

  @Test
  void flagsAndModeOfGet() {
    assertEquals("semget(IPC_PRIVATE, 3, IPC_CREAT|0640) = 5", t.line("semget", 5, 0, 3, 01640));
    assertEquals("msgget(0x1000, 000) = -1 EINVAL", t.line("msgget", EINVAL, 0x1000, 0));
    t.constants(Constants.VERBOSE);
    assertEquals(
        "semget(0 /* IPC_PRIVATE */, 3, 0x200 /* IPC_CREAT */|0640) = 5",
        t.line("semget", 5, 0, 3, 01640));
  }

  @Test
  void commandsTellWhatTheBufferIs() {
    long buffer = t.numbers(1, 2, 3, 4, 5, 6, 7, 8, 0L, 0L, 9L, 10L, 11L, 12L, 13L);
    assertEquals(
        "semctl(7, 1, IPC_SET, {sem_perm={uid=2, gid=3, mode=006}}) = 0",
        t.line("semctl", 0, 7, 1, 1, buffer));
    assertEquals(
        "semctl(7, 1, IPC_STAT, {sem_perm={uid=2, gid=3, mode=006, key=1, cuid=4, cgid=5},"
            + " sem_otime=9, sem_ctime=11, sem_nsems=13}) = 0",
        t.line("semctl", 0, 7, 1, 2, buffer));
    assertEquals("semctl(7, 0, SETVAL, 0x5) = 0", t.line("semctl", 0, 7, 0, 16, 5));
    assertEquals("semctl(7, 1, SETVAL, NULL) = 0", t.line("semctl", 0, 7, 1, 16, 0));
    assertEquals(
        "semctl(7, 1, IPC_64|IPC_STAT, 0x10000000) = -1 EINVAL",
        t.line("semctl", EINVAL, 7, 1, 0x102, buffer));
    assertEquals(
        "msgctl(-1, 0x4d /* MSG_??? */, 0x1) = -1 EINVAL", t.line("msgctl", EINVAL, -1, 0x4d, 1));
    assertEquals(
        "shmctl(0, SHM_INFO, {used_ids=1, shm_tot=17179869187, shm_rss=25769803781,"
            + " shm_swp=34359738375, swap_attempts=0, swap_successes=0}) = 3",
        t.line("shmctl", 3, 0, 14, buffer));
  }

  @Test
  void i386HasItsOwnLayouts() {
    long buffer = t.numbers(1, 2, 3, 4, 5, (short) 6, (short) 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
    assertEquals(
        "msgctl(7, IPC_64|IPC_SET, {msg_perm={uid=2, gid=3, mode=006}, msg_qbytes=0}) = 0",
        t.line(Abi.I386, "msgctl", 0, null, 7, 0x101, buffer));
  }

  @Test
  void messages() {
    byte[] text = "\5\0\0\0\0\0\0\0hello".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    long message = t.put(text);
    assertEquals(
        "msgsnd(7, {mtype=5, mtext=\"hello\"}, 5, IPC_NOWAIT) = 0",
        t.line("msgsnd", 0, 7, message, 5, 04000));
    assertEquals(
        "msgrcv(7, {mtype=5, mtext=\"hello\\0\\0\"}, 7, 0, 0) = 5",
        t.line("msgrcv", 5, 7, message, 7, 0, 0));
    assertEquals(
        "msgrcv(7, 0x10000000, 7, 0, 0) = -1 EINVAL", t.line("msgrcv", EINVAL, 7, message, 7));
  }

  private long iocb(int opcode, long buffer, long bytes) {
    return t.numbers(
        0x55L, 0, 0, (short) opcode, (short) 7, 99, buffer, bytes, 5L, 0L, opcode == 5 ? 1 : 0, 3);
  }

  @Test
  void submittedRequests() {
    long write = iocb(1, t.put("abc"), 3);
    long poll = iocb(5, 5, 0);
    long odd = iocb(99, 0, 0);
    assertEquals(
        "io_submit(0x1000, 4, [{aio_data=0x55, aio_lio_opcode=IOCB_CMD_PWRITE, aio_reqprio=7,"
            + " aio_fildes=99, aio_buf=\"abc\", aio_nbytes=3, aio_offset=5, aio_resfd=0x3},"
            + " {aio_data=0x55, aio_lio_opcode=IOCB_CMD_POLL, aio_reqprio=7, aio_fildes=99,"
            + " aio_buf=POLLIN|POLLOUT, aio_flags=IOCB_FLAG_RESFD, aio_resfd=3},"
            + " {aio_data=0x55, aio_lio_opcode=99 /* IOCB_CMD_??? */, aio_reqprio=7,"
            + " aio_fildes=99}, NULL]) = -1 EINVAL",
        t.line("io_submit", EINVAL, 0x1000, 4, t.numbers(write, poll, odd, 0L)));
    assertEquals(
        "io_cancel(0x1000, {aio_data=0x55, aio_lio_opcode=IOCB_CMD_PWRITE, aio_reqprio=7,"
            + " aio_fildes=99}, 0x20) = -1 EINVAL",
        t.line("io_cancel", EINVAL, 0x1000, write, 0x20));
  }

  @Test
  void ringParametersBeforeAFailureAndAfterSuccess() {
    long params = t.numbers(0, 0, 0x20, 1, 1000, 0, 7, 0, 0L, 0L);
    Runnable change = () -> t.store(params, 8, 16);
    assertEquals(
        "io_uring_setup(8, {flags=IORING_SETUP_ATTACH_WQ, sq_thread_cpu=0x1,"
            + " sq_thread_idle=1000, wq_fd=7}) = -1 EINVAL",
        t.line(Abi.X86_64, "io_uring_setup", EINVAL, change, 8, params));
    assertEquals(
        "io_uring_setup(8, {flags=IORING_SETUP_ATTACH_WQ, sq_thread_cpu=0x1,"
            + " sq_thread_idle=1000, wq_fd=7, sq_entries=8, cq_entries=16, features=0,"
            + " sq_off={head=0, tail=0, ring_mask=0, ring_entries=0, flags=0, dropped=0, array=0},"
            + " cq_off={head=0, tail=0, ring_mask=0, ring_entries=0, overflow=0, cqes=0,"
            + " flags=0}}) = 3",
        t.line(Abi.X86_64, "io_uring_setup", 3, change, 8, params));
  }

  @Test
  void ringRegistrations() {
    assertEquals(
        "io_uring_register(9, IORING_REGISTER_FILES, [0, -1], 2) = 0",
        t.line("io_uring_register", 0, 9, 2, t.numbers(0, -1), 2));
    long fds = t.numbers(0, 1);
    assertEquals(
        "io_uring_register(9, IORING_REGISTER_FILES_UPDATE, {offset=5, fds=[0, 1]}, 2) = 2",
        t.line("io_uring_register", 2, 9, 6, t.numbers(5, 0, fds), 2));
    assertEquals(
        "io_uring_register(99, IORING_REGISTER_RING_FDS, [{offset=1, resv=0x2, data=3}], 1)"
            + " = -1 EBADF",
        t.line("io_uring_register", EBADF, 99, 20, t.numbers(1, 2, 3L), 1));
  }
}
