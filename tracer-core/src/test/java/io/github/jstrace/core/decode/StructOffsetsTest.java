// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.StructLayout;
import io.github.jstrace.tables.StructLayouts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where the fields of the tables' structs lie, against the kernel's headers as gcc reads them. */
class StructOffsetsTest {
  /** Our name, the header's name if it is another one, and the header. */
  private static final String[][] STRUCTS = {
    {"timespec", "struct timespec", "linux/time.h"},
    {"timeval", "struct timeval", "linux/time.h"},
    {"timezone", "struct timezone", "linux/time.h"},
    {"itimerval", "struct itimerval", "linux/time.h"},
    {"itimerspec", "struct itimerspec", "linux/time.h"},
    {"timespec64", "struct __kernel_timespec", "linux/time_types.h"},
    {"itimerspec64", "struct __kernel_itimerspec", "linux/time_types.h"},
    {"timex", "struct timex", "linux/timex.h"},
    {"timex64", "struct __kernel_timex", "linux/timex.h"},
    {"tms", "struct tms", "linux/times.h"},
    {"stat", "struct stat", "asm/stat.h"},
    {"stat64", "struct stat64", "asm/stat.h"},
    {"oldstat", "struct __old_kernel_stat", "asm/stat.h"},
    {"statx", "struct statx", "linux/stat.h"},
    {"statfs", "struct statfs", "asm/statfs.h"},
    {"statfs64", "struct statfs64", "asm/statfs.h"},
    {"rusage", "struct rusage", "linux/resource.h"},
    {"rlimit", "struct rlimit", "linux/resource.h"},
    {"rlimit64", "struct rlimit64", "linux/resource.h"},
    {"new_utsname", "struct new_utsname", "linux/utsname.h"},
    {"sysinfo", "struct sysinfo", "linux/sysinfo.h"},
    {"sigaltstack", "stack_t", "asm/signal.h"},
    {"flock", "struct flock", "linux/fcntl.h"},
    {"flock_set", "struct flock", "linux/fcntl.h"},
    {"flock64", "struct flock64", "linux/fcntl.h"},
    {"flock64_set", "struct flock64", "linux/fcntl.h"},
    {"f_owner_ex", "struct f_owner_ex", "linux/fcntl.h"},
    {"epoll_event", "struct epoll_event", "linux/eventpoll.h"},
    {"sembuf", "struct sembuf", "linux/sem.h"},
    {"mq_attr", "struct mq_attr", "linux/mqueue.h"},
    {"io_uring_params", "struct io_uring_params", "linux/io_uring.h"},
    {"io_sqring_offsets", "struct io_sqring_offsets", "linux/io_uring.h"},
    {"io_cqring_offsets", "struct io_cqring_offsets", "linux/io_uring.h"},
    {"io_event", "struct io_event", "linux/aio_abi.h"},
    {"seccomp_notif_sizes", "struct seccomp_notif_sizes", "linux/seccomp.h"},
    {"if_dqblk", "struct if_dqblk", "linux/quota.h"},
    {"if_dqinfo", "struct if_dqinfo", "linux/quota.h"},
    {"keyctl_dh_params", "struct keyctl_dh_params", "linux/keyctl.h"},
  };

  /** The structs that are compared here. */
  static List<String> names() {
    List<String> names = new ArrayList<>();
    for (String[] entry : STRUCTS) {
      names.add(entry[0]);
    }
    return names;
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ARM")
  void fieldsLieWhereTheHeadersSay(Abi abi, @TempDir Path directory)
      throws IOException, InterruptedException {
    List<String> gcc = HeaderGcc.of(abi);
    StringBuilder c = new StringBuilder("#define _Static(x) _Static_assert(x, #x)\n");
    int structs = 0;
    for (String[] entry : STRUCTS) {
      StructLayout layout = StructLayouts.get(entry[0], abi);
      if (layout == null) {
        continue; // e.g. stat64 is i386's alone
      }
      structs++;
      c.append("#include <").append(entry[2]).append(">\n");
      StructType struct = new TypeCompiler(abi).struct(entry[0]);
      assertNotNull(struct);
      for (StructLayout.Field field : layout.fields()) {
        StructType.Field ours = struct.field(field.name());
        boolean invented = entry[0].equals("oldstat") && field.name().startsWith("st_bl");
        if (field.hidden() || ours == null || invented) {
          continue;
        }
        assertion(c, "__builtin_offsetof(" + entry[1] + "," + field.name() + ")", ours.offset());
        if (!field.name().startsWith("stx_") && ours.type().size() > 0) {
          assertion(c, "sizeof(((" + entry[1] + "*)0)->" + field.name() + ")", ours.type().size());
        }
      }
    }
    Path source = directory.resolve("structs.c");
    Files.writeString(source, c);
    gcc.add(source.toString());
    Process compiler = new ProcessBuilder(gcc).redirectErrorStream(true).start();
    String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, compiler.waitFor(), output);
    assertEquals(true, structs > 30);
  }

  private static void assertion(StringBuilder c, String what, int value) {
    c.append("_Static(").append(what).append(" == ").append(value).append(");\n");
  }
}
