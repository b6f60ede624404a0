// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Users, compared with what id(1) and the system's file say. */
class UserDatabaseTest {
  private final Libc libc = Libc.get();

  @Test
  void everyUserOfTheSystemIsFound() throws IOException, InterruptedException {
    for (String line : Files.readAllLines(Path.of("/etc/passwd"))) {
      String[] fields = line.split(":");
      int[] found = UserDatabase.find(bytes(fields[0]), libc);
      assertEquals(Integer.parseInt(fields[2]), found[0], line);
      assertEquals(Integer.parseInt(fields[3]), found[1], line);
    }
    int[] root = UserDatabase.find(bytes("root"), libc);
    assertArrayEquals(idGroups("root"), sorted(Arrays.copyOfRange(root, 2, root.length)));
  }

  @Test
  void groupsAreThoseOfTheSystem() throws IOException, InterruptedException {
    for (String line : Files.readAllLines(Path.of("/etc/group"))) {
      String[] fields = line.split(":", -1);
      for (String member : fields[3].split(",")) {
        if (!member.isEmpty()) {
          int[] found = UserDatabase.find(bytes(member), libc);
          assertArrayEquals(idGroups(member), sorted(Arrays.copyOfRange(found, 2, found.length)));
        }
      }
    }
  }

  @Test
  void otherNamesAreNobody() {
    assertEquals(0, UserDatabase.find(bytes("no such user"), libc).length);
    assertEquals(0, UserDatabase.find(bytes(""), libc).length);
    assertEquals(0, UserDatabase.find(new byte[] {(byte) 0xff, (byte) 0xe4}, libc).length);
    assertEquals(0, UserDatabase.find(bytes("x".repeat(100_000)), libc).length);
  }

  private static int[] idGroups(String name) throws IOException, InterruptedException {
    Process id = new ProcessBuilder("id", "-G", name).start();
    String groups = new String(id.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertEquals(0, id.waitFor());
    return sorted(Arrays.stream(groups.trim().split(" ")).mapToInt(Integer::parseInt).toArray());
  }

  private static int[] sorted(int[] ids) {
    Arrays.sort(ids);
    return ids;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
