// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.nio.charset.StandardCharsets;
import jnr.posix.POSIXFactory;
import jnr.posix.Passwd;

/**
 * Users by name, from wherever the system has them (nsswitch.conf(5)). Through jnr-posix, which
 * knows the {@code struct passwd} of each platform and takes a quarter of a second for it: for the
 * few runs that name a user.
 */
public final class UserDatabase {
  private UserDatabase() {}

  /**
   * getpwnam(3) and getgrouplist(3).
   *
   * @param name exact bytes, as on the command line
   * @return {@code {uid, gid, supplementary gids…}}, or an empty array if there is no such user
   */
  public static int[] find(byte[] name, Libc libc) {
    Passwd entry = POSIXFactory.getNativePOSIX().getpwnam(new String(name, StandardCharsets.UTF_8));
    if (entry == null) {
      return new int[0];
    }
    int gid = (int) entry.getGID();
    int[] groups = libc.groupsOf(name, gid);
    int[] result = new int[2 + groups.length];
    result[0] = (int) entry.getUID();
    result[1] = gid;
    System.arraycopy(groups, 0, result, 2, groups.length);
    return result;
  }
}
