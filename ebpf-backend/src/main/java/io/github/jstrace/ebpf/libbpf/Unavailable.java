// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.core.TraceException;
import java.io.File;

/**
 * The eBPF backend cannot work here: no privilege, no library, a kernel without what it needs. The
 * message is one line that says exactly what lacks, and the remedy.
 */
public final class Unavailable extends TraceException {
  private static final long serialVersionUID = 1L;

  public Unavailable(String message) {
    super(message);
  }

  static Unavailable descriptors() {
    return new Unavailable(
        "the eBPF backend needs more open files than the limit of this process allows: raise it"
            + " (ulimit -n 1024)");
  }

  /** {@code error} is what dlerror(3) says. */
  static Unavailable noLibrary(String name, String error) {
    // a library that it needs itself would be named in place of its own name
    boolean missing = error.startsWith(name) && error.contains("No such file or directory");
    return new Unavailable(
        "the eBPF backend needs "
            + name
            + (missing ? ", which is not installed" : ", which cannot be loaded (" + error + ")")
            + ": install libbpf 1.0 or newer (package libbpf1 or libbpf)");
  }

  static Unavailable oldLibrary(String version) {
    return new Unavailable(
        "the eBPF backend needs libbpf 1.0 or newer, and the one installed is "
            + version
            + ": install a newer one (package libbpf1 or libbpf)");
  }

  static Unavailable noBtf(String file, String release) {
    return new Unavailable(
        "the eBPF backend needs the kernel's type information, and "
            + file
            + " does not exist: "
            + (new File("/sys/kernel").isDirectory()
                ? "use a kernel built with CONFIG_DEBUG_INFO_BTF=y (this one is " + release + ")"
                : "mount sysfs (mount -t sysfs none /sys)"));
  }

  static Unavailable badBtf(String file, String problem) {
    return new Unavailable(
        "the eBPF backend cannot use the kernel's type information in " + file + ": " + problem);
  }
}
