// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.tables.Abi;

/**
 * What of the tracee is to be read and how far. Set before tracing starts, not changed afterwards.
 *
 * <p>The defaults are strace's.
 */
public final class DecodeOptions {
  /**
   * Bits of {@link #fdKinds}: what is shown of descriptors ({@code -y}, {@code -e decode-fds=}).
   */
  public static final int FD_DEV = 1;

  public static final int FD_PATH = 2;
  public static final int FD_PIDFD = 4;
  public static final int FD_SOCKET = 8;
  public static final int FD_EVENTFD = 16;
  public static final int FD_SIGNALFD = 32;

  /** All of them: {@code -yy}. */
  public static final int FD_ALL = 63;

  /** How much of the SELinux contexts of files is shown ({@code --secontext}). */
  public enum SecurityContexts {
    NONE,
    /** The third part only. */
    TYPE,
    FULL
  }

  /** A set of system calls, as {@code -e abbrev=SET} and its kin take it. */
  public interface SyscallSet {
    // no lambdas: they would cost 10 ms of every start
    SyscallSet ALL =
        new SyscallSet() {
          @Override
          public boolean contains(Abi abi, int number) {
            return true;
          }
        };
    SyscallSet NONE =
        new SyscallSet() {
          @Override
          public boolean contains(Abi abi, int number) {
            return false;
          }
        };

    boolean contains(Abi abi, int number);
  }

  private int maxString = 32;
  private int fdKinds;
  private boolean pidComms;
  private boolean pidNamespaces;
  private boolean newNamespaces;
  private boolean vcpuExits;
  private SecurityContexts securityContexts = SecurityContexts.NONE;
  private boolean contextMismatches;
  private SyscallSet abbreviated = SyscallSet.ALL;
  private SyscallSet verbose = SyscallSet.ALL;
  private SyscallSet raw = SyscallSet.NONE;
  private boolean everything;

  /**
   * {@code -s}: how many bytes of a string, and elements of an abbreviated array, are read and
   * shown.
   */
  public int maxString() {
    return maxString;
  }

  public DecodeOptions setMaxString(int value) {
    maxString = value;
    return this;
  }

  /** {@code FD_*} bits; 0: descriptors are numbers. */
  public int fdKinds() {
    return fdKinds;
  }

  public DecodeOptions setFdKinds(int value) {
    fdKinds = value;
    return this;
  }

  /** {@code -Y}: names behind process ids. */
  public boolean pidComms() {
    return pidComms;
  }

  public DecodeOptions setPidComms(boolean value) {
    pidComms = value;
    return this;
  }

  /** {@code --decode-pids=pidns}: the tracer's own numbers of process ids. */
  public boolean pidNamespaces() {
    return pidNamespaces;
  }

  public DecodeOptions setPidNamespaces(boolean value) {
    pidNamespaces = value;
    return this;
  }

  /** {@code -e namespace=new}: what namespaces a call has entered, behind its result. */
  public boolean newNamespaces() {
    return newNamespaces;
  }

  public DecodeOptions setNewNamespaces(boolean value) {
    newNamespaces = value;
    return this;
  }

  /** {@code -e kvm=vcpu}: why a virtual CPU stopped, behind the result of KVM_RUN. */
  public boolean vcpuExits() {
    return vcpuExits;
  }

  public DecodeOptions setVcpuExits(boolean value) {
    vcpuExits = value;
    return this;
  }

  /** {@code --secontext=mismatch}: what contexts ought to be, where they are not. */
  public boolean contextMismatches() {
    return contextMismatches;
  }

  public DecodeOptions setContextMismatches(boolean value) {
    contextMismatches = value;
    return this;
  }

  public SecurityContexts securityContexts() {
    return securityContexts;
  }

  public DecodeOptions setSecurityContexts(SecurityContexts value) {
    securityContexts = value;
    return this;
  }

  /**
   * {@code -e abbrev=}: calls whose structs and arrays are shown in brief; {@code -v} is the empty
   * set.
   */
  public SyscallSet abbreviated() {
    return abbreviated;
  }

  public DecodeOptions setAbbreviated(SyscallSet value) {
    abbreviated = value;
    return this;
  }

  /** {@code -e verbose=}: calls whose structs are dereferenced at all. */
  public SyscallSet verbose() {
    return verbose;
  }

  public DecodeOptions setVerbose(SyscallSet value) {
    verbose = value;
    return this;
  }

  /** {@code -e raw=}: calls whose arguments are not decoded. */
  public SyscallSet raw() {
    return raw;
  }

  public DecodeOptions setRaw(SyscallSet value) {
    raw = value;
    return this;
  }

  /** Whether a sink shows even what is abbreviated away (JSON), so that it must be read. */
  public boolean everything() {
    return everything;
  }

  public DecodeOptions setEverything(boolean value) {
    everything = value;
    return this;
  }
}
