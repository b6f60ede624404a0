// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepProgramTest {
  @TempDir private Path dir;

  private String output(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), ISO_8859_1);
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  private Path written(StepProgram image) throws IOException {
    Path file = dir.resolve("image");
    Files.write(file, image.build());
    assertTrue(file.toFile().setExecutable(true));
    return file;
  }

  private StepProgram greeting(Arch arch, long leastWritten, int exitCode) {
    StepProgram image = new StepProgram(arch, 4);
    long text = image.string("hello\n".getBytes(ISO_8859_1));
    image.step(leastWritten, arch.sysWrite(), 1, text, 6);
    image.step(0, arch.sysExitGroup(), exitCode);
    image.otherwise(
        image.step(StepProgram.ANY_RESULT, arch.sysWrite(), 1, image.failureAddress(), 16));
    image.step(0, arch.sysExitGroup(), 99);
    return image;
  }

  @Test
  void stepsRunInOrder() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(written(greeting(Arch.current(), 0, 7)).toString()).start();
    assertEquals("hello\n", new String(process.getInputStream().readAllBytes(), ISO_8859_1));
    assertEquals(7, process.waitFor());
  }

  @Test
  void aResultBelowTheLeastRunsTheOtherList() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(written(greeting(Arch.current(), 7, 7)).toString()).start();
    byte[] output = process.getInputStream().readAllBytes();
    assertEquals(6 + 16, output.length);
    assertEquals(6, output[6], "the result");
    assertEquals(99, process.waitFor());
  }

  /** Writes a word of memory that is counted down, until it is 0. */
  @Test
  void stepsStoreLoadAndJump() throws IOException, InterruptedException {
    Arch arch = Arch.current();
    StepProgram image = new StepProgram(arch, 4);
    long word = image.words(0x7700 | '3');
    long write = image.step(0, arch.sysWrite(), 1, word, 1);
    long count = image.load('1', word, 0xff, -1);
    image.store(count, word);
    image.then(count, write);
    long last = image.load(0, word, 0xff, -'0' + 5);
    image.otherwise(count, last);
    long exit = image.step(0, arch.sysExitGroup(), 99);
    image.store(last, StepProgram.argument(exit, 0));
    Process process = new ProcessBuilder(written(image).toString()).start();
    assertEquals("321", new String(process.getInputStream().readAllBytes(), ISO_8859_1));
    assertEquals(5, process.waitFor());
  }

  @Test
  void executablesAreWellFormed() throws IOException, InterruptedException {
    assumeTrue(new File("/usr/bin/readelf").canExecute(), "needs binutils");
    for (Arch arch : Arch.values()) {
      String header =
          output("/usr/bin/readelf", "-W", "-hl", written(greeting(arch, 0, 0)).toString());
      assertTrue(header.contains("EXEC (Executable file)"), header);
      assertTrue(header.contains(arch == Arch.X86_64 ? "X86-64" : "AArch64"), header);
      String page = arch == Arch.X86_64 ? "0x1000\n" : "0x10000\n";
      assertTrue(header.contains(" R E " + page), header);
      assertTrue(header.contains(" RW  " + page), header);
      assertTrue(!header.toLowerCase(java.util.Locale.ROOT).contains("warning"), header);
    }
  }

  @Test
  void aarch64ImageRunsUnderAnEmulator() throws IOException, InterruptedException {
    String qemu = "/usr/bin/qemu-aarch64-static";
    assumeTrue(new File(qemu).canExecute(), "needs qemu-user-static");
    Process process =
        new ProcessBuilder(qemu, written(greeting(Arch.AARCH64, 0, 7)).toString()).start();
    assertEquals("hello\n", new String(process.getInputStream().readAllBytes(), ISO_8859_1));
    assertEquals(7, process.waitFor());
  }

  /** The disassembler of another project reads our AArch64 instructions as they are meant. */
  @Test
  void aarch64CodeIsWhatItsCommentsSay() throws IOException, InterruptedException {
    String objdump = "/usr/bin/aarch64-linux-gnu-objdump";
    assumeTrue(new File(objdump).canExecute(), "needs binutils-aarch64-linux-gnu");
    Path file = written(greeting(Arch.AARCH64, 0, 0));
    byte[] image = Files.readAllBytes(file);
    int start = 64 + 3 * 56;
    Files.write(dir.resolve("code"), java.util.Arrays.copyOfRange(image, start, start + 84));
    String listing =
        output(
            objdump,
            "-D",
            "-b",
            "binary",
            "-m",
            "aarch64",
            "--adjust-vma=" + (0x400000 + start),
            dir.resolve("code").toString());
    List<String> code = new ArrayList<>();
    for (String line : listing.split("\n")) {
      String[] columns = line.split("\t");
      if (columns.length >= 3) {
        String operands = columns.length > 3 ? columns[3].replaceAll(" *//.*", "") : "";
        code.add((columns[2].strip() + " " + operands).strip());
      }
    }
    long loop = 0x400000 + start + 4;
    List<String> expected =
        List.of(
            "adr x19, 0x410018",
            "ldr x8, [x19]",
            "ldp x0, x1, [x19, #8]",
            "ldp x2, x3, [x19, #24]",
            "ldp x4, x5, [x19, #40]",
            "tbnz x8, #63, 0x" + Long.toHexString(loop + 64),
            "svc #0x0",
            "ldp x9, x10, [x19, #56]",
            "str x0, [x10]",
            "cmp x0, x9",
            "b.lt 0x" + Long.toHexString(loop + 48),
            "ldr x19, [x19, #72]",
            "b 0x" + Long.toHexString(loop),
            "adr x10, 0x410000",
            "stp x0, x19, [x10]",
            "ldr x19, [x19, #80]",
            "b 0x" + Long.toHexString(loop),
            "ldr x0, [x0]",
            "and x0, x0, x1",
            "add x0, x0, x2",
            "b 0x" + Long.toHexString(loop + 24));
    assertEquals(expected, code);
  }
}
