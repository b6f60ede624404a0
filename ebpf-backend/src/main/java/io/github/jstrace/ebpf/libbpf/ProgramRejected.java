// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

/**
 * The verifier did not accept a program. The message is a line that says why, and below it the
 * whole log: such a program is our mistake, and the log is what its repair needs.
 */
public final class ProgramRejected extends BpfException {
  private static final long serialVersionUID = 1L;

  private final String summary;
  private final String log;

  /** Makes the summary of the program's name, the error and the log. */
  static ProgramRejected of(String program, int errno, String log) {
    return new ProgramRejected(summary(program, errno, log), errno, log);
  }

  private ProgramRejected(String summary, int errno, String log) {
    super(log.isEmpty() ? summary : summary + "\n" + log, errno);
    this.summary = summary;
    this.log = log;
  }

  /** One line: the program and the verifier's last complaint. */
  public String summary() {
    return summary;
  }

  /** The verifier's log, whole; without control characters other than newline and tab. */
  public String log() {
    return log;
  }

  /**
   * The complaint is the last line that is neither statistics ("processed 5 insns ...") nor an
   * instruction or a state of registers.
   */
  private static String summary(String program, int errno, String log) {
    String reason = "";
    int end = log.length();
    while (end > 0) {
      int start = log.lastIndexOf('\n', end - 1) + 1;
      String line = log.substring(start, end).strip();
      if (isComplaint(line)) {
        reason = line;
        break;
      }
      end = start - 1;
    }
    return "the kernel rejected the eBPF program "
        + program
        + " ("
        + Libbpf.errorText(errno)
        + ")"
        + (reason.isEmpty() ? "" : ": " + reason);
  }

  private static boolean isComplaint(String line) {
    return !line.isEmpty()
        && !line.startsWith("processed ")
        && !line.startsWith("verification time ")
        && !line.startsWith("stack depth ")
        && !line.startsWith("mark_precise:")
        && !line.startsWith(";")
        && !Character.isDigit(line.charAt(0));
  }
}
