// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.decode.FdResolver;
import io.github.jstrace.core.filter.OperandFilter;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.ProcFs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From {@code -P} and {@code -e trace-fds=} to a filter. */
final class TracedPaths {
  private static final int O_PATH = 0x200000;

  private TracedPaths() {}

  /**
   * Null if there is nothing to filter by. Says which paths stand for others, unless {@code -e
   * quiet=path-resolution} is given; {@code -qqq} changes nothing, as in strace.
   */
  static @Nullable OperandFilter filter(Settings settings, Libc libc, FdResolver resolver) {
    if (settings.paths.isEmpty() && settings.descriptors == null) {
      return null;
    }
    List<byte[]> paths = new ArrayList<>();
    for (String path : settings.paths) {
      byte[] given = path.getBytes(StandardCharsets.ISO_8859_1);
      paths.add(given);
      byte[] real = resolved(libc, given);
      if (real != null && !Arrays.equals(real, given)) {
        paths.add(real);
        if (settings.quietWord < 0 || (settings.quietWord & Settings.QUIET_PATH_RESOLUTION) == 0) {
          Console.say(
              "Requested path \""
                  + path
                  + "\" resolved into \""
                  + new String(real, StandardCharsets.ISO_8859_1)
                  + "\"");
        }
      }
    }
    return new OperandFilter(paths.toArray(new byte[0][]), settings.descriptors, resolver);
  }

  /** The path without symbolic links, as realpath(3); null if there is no such file. */
  private static byte @Nullable [] resolved(Libc libc, byte[] path) {
    int fd = libc.open(path, O_PATH, 0);
    if (fd < 0) {
      return null;
    }
    byte[] real = new ProcFs(libc).fdTarget(0, fd);
    libc.close(fd);
    return real;
  }
}
