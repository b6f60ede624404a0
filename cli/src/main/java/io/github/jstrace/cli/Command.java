// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.linux.CallerState;
import io.github.jstrace.linux.LaunchSpec;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.PathLookup;
import io.github.jstrace.linux.UserDatabase;
import io.github.jstrace.tables.Errno;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command to launch: its file, environment and user, from what the command line says of them.
 */
final class Command {
  private final Settings settings;
  private final Libc libc;
  private final CallerState caller;

  Command(Settings settings, Libc libc, CallerState caller) {
    this.settings = settings;
    this.libc = libc;
    this.caller = caller;
  }

  /**
   * The user of {@code -u} and its groups, as {@link UserDatabase#find} has them; null if there is
   * no {@code -u}.
   *
   * @throws UsageException if there is no such user, or it is not for us to become it
   */
  int @Nullable [] user() throws UsageException {
    String name = settings.user;
    if (name == null || settings.command.length == 0) {
      return null;
    }
    if (libc.getuid() != 0) {
      throw new UsageException("You must be root to use the -u/--username option", false);
    }
    int colon = name.indexOf(':');
    if (colon >= 0) {
      return numbers(name, name.substring(0, colon), name.substring(colon + 1));
    }
    int[] ids = UserDatabase.find(bytes(name), libc);
    if (ids.length == 0) {
      throw new UsageException("Cannot find user '" + name + "'", false);
    }
    return ids;
  }

  /** {@code UID:GID}; the group is the only one. */
  private static int[] numbers(String whole, String uid, String gid) throws UsageException {
    // all bits set mean "no change" to the kernel
    long user = Numbers.unsigned(uid, 0xfffffffeL);
    long group = Numbers.unsigned(gid, 0xfffffffeL);
    if (user < 0 || group < 0) {
      throw new UsageException("Invalid UID:GID pair '" + whole + "'", false);
    }
    return new int[] {(int) user, (int) group, (int) group};
  }

  /**
   * Looks the command up.
   *
   * @param user what {@link #user} returned
   * @throws UsageException if there is no such file
   */
  LaunchSpec find(int @Nullable [] user) throws UsageException {
    byte[][] argv = new byte[settings.command.length][];
    for (int i = 0; i < argv.length; i++) {
      argv[i] = bytes(settings.command[i]);
    }
    byte[] file = argv[0];
    if (settings.argv0 != null) {
      argv[0] = bytes(settings.argv0);
    }
    byte[][] environment = caller.environment();
    PathLookup lookup = new PathLookup(libc);
    int result = lookup.find(file, variable(environment, "PATH"));
    if (file.length >= PathLookup.PATH_MAX) {
      throw new UsageException("exec: " + Errno.message(-result), false);
    }
    if (result < 0) {
      throw new UsageException(
          "Can't stat '" + settings.command[0] + "': " + Errno.message(-result), false);
    }
    LaunchSpec spec = new LaunchSpec(lookup.path(), argv, changed(environment), caller);
    if (settings.jsonToStdout()) {
      spec.output(2);
    }
    spec.leaveStreams(!settings.jsonToStdout());
    if (user != null) {
      spec.user(
          user[0],
          lookup.effectiveUid(user[0]),
          user[1],
          lookup.effectiveGid(user[1]),
          Arrays.copyOfRange(user, 2, user.length));
    }
    return spec;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte @Nullable [] variable(byte[][] environment, String name) {
    for (byte[] entry : environment) {
      if (isNamed(entry, name)) {
        return Arrays.copyOfRange(entry, name.length() + 1, entry.length);
      }
    }
    return null;
  }

  /** Whether {@code entry} is {@code name=...}. */
  private static boolean isNamed(byte[] entry, String name) {
    if (entry.length <= name.length() || entry[name.length()] != '=') {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if ((entry[i] & 0xff) != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The environment after all {@code -E}. */
  private byte[][] changed(byte[][] environment) {
    if (settings.environment.isEmpty()) {
      return environment;
    }
    List<byte[]> result = new ArrayList<>(Arrays.asList(environment));
    for (String change : settings.environment) {
      int equals = change.indexOf('=');
      String name = equals < 0 ? change : change.substring(0, equals);
      int place = remove(result, name);
      if (equals >= 0) {
        result.add(place, bytes(change));
      }
    }
    return result.toArray(new byte[0][]);
  }

  /** Removes a variable; returns where it was, or the end. */
  private static int remove(List<byte[]> environment, String name) {
    for (int i = 0; i < environment.size(); i++) {
      if (isNamed(environment.get(i), name)) {
        environment.remove(i);
        return i;
      }
    }
    return environment.size();
  }
}
