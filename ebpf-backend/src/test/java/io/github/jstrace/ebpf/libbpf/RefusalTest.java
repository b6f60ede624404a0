// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.ebpf.asm.MapType;
import io.github.jstrace.linux.Errno;
import org.junit.jupiter.api.Test;

/** What is said of a refusal, for machines that are not this one. */
class RefusalTest {
  private static final long ROOT = (1L << 41) - 1;
  private static final long BPF = 1L << KernelFacts.CAP_BPF;
  private static final long PERFMON = 1L << KernelFacts.CAP_PERFMON;

  private static KernelFacts facts(long capabilities, String release) {
    return new KernelFacts(capabilities, release, 0, true, "none", -1);
  }

  private static String ofMap(KernelFacts facts, MapType type, int errno) {
    return message(new Refusal(facts).ofMap(type, "m", errno));
  }

  private static String ofProgram(KernelFacts facts, int errno) {
    return message(new Refusal(facts).ofProgram("the raw tracepoint sys_enter", "p", errno));
  }

  private static String message(TraceException e) {
    String message = e.getMessage();
    assertFalse(message.contains("\n"), message);
    return message;
  }

  private static void assertSays(String part, String message) {
    assertTrue(message.contains(part), message);
  }

  @Test
  void namesTheCapabilityThatLacks() {
    assertSays(
        "lacks CAP_BPF and CAP_PERFMON:", ofMap(facts(0, "6.1.0"), MapType.HASH, Errno.EPERM));
    assertSays("lacks CAP_BPF:", ofMap(facts(PERFMON, "6.1.0"), MapType.HASH, Errno.EPERM));
    assertSays("lacks CAP_PERFMON:", ofProgram(facts(BPF, "6.1.0"), Errno.EPERM));
    assertSays("lacks CAP_SYS_ADMIN:", ofProgram(facts(BPF | PERFMON, "5.4.0"), Errno.EPERM));
    assertSays("run jstrace as root", ofProgram(facts(0, "6.1.0"), Errno.EPERM));
  }

  @Test
  void eitherSetOfCapabilitiesIsEnough() {
    assertEquals("", Refusal.lackingCapabilities(facts(BPF | PERFMON, "5.8.0")));
    assertEquals("", Refusal.lackingCapabilities(facts(1L << KernelFacts.CAP_SYS_ADMIN, "5.4.0")));
    assertEquals("CAP_PERFMON", Refusal.lackingCapabilities(facts(BPF, "6.1")));
  }

  @Test
  void namesTheLimitOfOpenFiles() {
    assertSays("ulimit -n", ofMap(facts(ROOT, "6.1.0"), MapType.ARRAY, Errno.EMFILE));
    assertSays("ulimit -n", ofProgram(facts(ROOT, "6.1.0"), Errno.EMFILE));
  }

  @Test
  void withAllCapabilitiesItNamesWhatElseForbids() {
    assertSays(
        "user namespace",
        ofProgram(new KernelFacts(ROOT, "6.1.0", 2, false, "none", -1), Errno.EPERM));
    assertSays(
        "seccomp", ofProgram(new KernelFacts(ROOT, "6.1.0", 2, true, "none", -1), Errno.EPERM));
    assertSays(
        "locked down (confidentiality)",
        ofProgram(new KernelFacts(ROOT, "6.1.0", 0, true, "confidentiality", -1), Errno.EPERM));
    assertSays("security module", ofProgram(facts(ROOT, "6.1.0"), Errno.EPERM));
    assertSays(
        "ulimit -l unlimited",
        ofMap(new KernelFacts(ROOT, "5.10.0", 0, true, "none", 65536), MapType.HASH, Errno.EPERM));
  }

  @Test
  void theLimitOfLockedMemoryIsNoObstacleSinceLinux511() {
    assertSays(
        "security module",
        ofMap(new KernelFacts(ROOT, "5.11.0", 0, true, "none", 65536), MapType.HASH, Errno.EPERM));
  }

  @Test
  void aMissingSystemCallIsTheKernelOrAFilter() {
    assertSays("CONFIG_BPF_SYSCALL", ofProgram(facts(ROOT, "6.1.0"), Errno.ENOSYS));
    assertSays(
        "seccomp", ofProgram(new KernelFacts(ROOT, "6.1.0", 2, true, "none", -1), Errno.ENOSYS));
  }

  @Test
  void aMapTooNewForTheKernelIsNamedWithTheKernelThatHasIt() {
    assertSays(
        "the ring buffer of Linux 5.8 or newer, and this kernel is 5.4.0-42-generic",
        ofMap(facts(ROOT, "5.4.0-42-generic"), MapType.RINGBUF, Errno.EINVAL));
    assertSays(
        "the task storage of Linux 5.11",
        ofMap(facts(ROOT, "5.10.0-9-amd64"), MapType.TASK_STORAGE, Errno.EINVAL));
  }

  @Test
  void otherRefusalsAreNotTakenForALackOfTheMachine() {
    TraceException wrong = new Refusal(facts(ROOT, "6.1")).ofMap(MapType.RINGBUF, "r", 22);
    BpfException refused = assertInstanceOf(BpfException.class, wrong);
    assertEquals(Errno.EINVAL, refused.errno());
    assertSays("free memory", ofMap(facts(ROOT, "6.1"), MapType.HASH, Errno.ENOMEM));
    assertSays(
        "no such tracepoint",
        message(new Refusal(facts(ROOT, "6.1")).ofLink("the raw tracepoint x", "p", 2)));
    assertSays(
        "lockdown=confidentiality",
        ofProgram(new KernelFacts(ROOT, "6.1", 0, true, "confidentiality", -1), Errno.EINVAL));
  }

  @Test
  void versionsAreComparedAsNumbers() {
    assertTrue(facts(0, "5.10.0").isAtLeast(5, 8));
    assertTrue(facts(0, "5.8").isAtLeast(5, 8));
    assertFalse(facts(0, "5.7.19-x").isAtLeast(5, 8));
    assertTrue(facts(0, "6.0").isAtLeast(5, 8));
    assertFalse(facts(0, "4.18.0-553.el8").isAtLeast(5, 8));
    assertTrue(facts(0, "").isAtLeast(5, 8));
  }
}
