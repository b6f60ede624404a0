// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.TraceeMemory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Requests that are written down, with answers prepared by a test. */
final class FakeKernel implements Requests {
  final List<String> requests = new ArrayList<>();
  final Map<Integer, Long> messages = new HashMap<>();
  final Map<Integer, Integer> tgids = new HashMap<>();
  final Map<Integer, Integer> ppids = new HashMap<>();
  final Set<Integer> gone = new HashSet<>();

  boolean entry;
  boolean seccomp;
  int number;
  long firstArgument;
  long result;
  boolean error;
  int arch = 0xc000003e;
  int fetchResult = 80;
  int interruptedCall = -1;

  /** Nothing is to be written down. */
  boolean silent;

  private int request(String what, int tid) {
    if (!silent) {
      requests.add(what + " " + tid);
    }
    return gone.contains(tid) ? -3 : 0;
  }

  /** What was asked since the last time. */
  String taken() {
    String all = String.join(", ", requests);
    requests.clear();
    return all;
  }

  @Override
  public int seize(int tid, int options) {
    return request("seize", tid);
  }

  @Override
  public int interrupt(int tid) {
    return request("interrupt", tid);
  }

  @Override
  public int resume(int tid, int signal) {
    return request(signal == 0 ? "resume" : "resume with " + signal, tid);
  }

  @Override
  public int cont(int tid, int signal) {
    return request(signal == 0 ? "cont" : "cont with " + signal, tid);
  }

  @Override
  public int setOptions(int tid, int options) {
    return request("options " + options, tid);
  }

  @Override
  public int listen(int tid) {
    return request("listen", tid);
  }

  @Override
  public int detach(int tid, int signal) {
    return request(signal == 0 ? "detach" : "detach with " + signal, tid);
  }

  /** What {@link #release} answers. */
  int releaseResult;

  @Override
  public int release(int tid, int tgid, boolean newborn, long parentStack) {
    requests.add("release " + tid);
    return releaseResult;
  }

  @Override
  public int endStatus() {
    return 9;
  }

  @Override
  public long eventMessage(int tid) {
    return messages.getOrDefault(tid, -1L);
  }

  @Override
  public byte[] siginfo(int tid) {
    return new byte[128];
  }

  @Override
  public int fetchSyscall(int tid) {
    return gone.contains(tid) ? -3 : fetchResult;
  }

  @Override
  public boolean atEntry() {
    return entry;
  }

  @Override
  public boolean atExit() {
    return !entry && !seccomp;
  }

  @Override
  public boolean atSeccomp() {
    return seccomp;
  }

  @Override
  public int arch() {
    return arch;
  }

  @Override
  public long instructionPointer() {
    return 0x1000;
  }

  @Override
  public long stackPointer() {
    return 0x2000;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public long arg(int index) {
    return index == 0 ? firstArgument : index;
  }

  @Override
  public long result() {
    return result;
  }

  @Override
  public boolean isError() {
    return error;
  }

  @Override
  public int interruptedCall(int tid) {
    return interruptedCall;
  }

  @Override
  public int replaceCall(int tid, int call) {
    return request("call " + call, tid);
  }

  @Override
  public int replaceResult(int tid, long value) {
    return request("result " + value, tid);
  }

  /** Nothing can be written behind it. */
  static final long LAST_BYTE = 0xfff;

  @Override
  public int write(int tid, long address, byte[] data) {
    int answer = request("write " + data.length + " at " + address, tid);
    int there = address == LAST_BYTE ? 1 : data.length;
    return answer < 0 || address == 0 ? -14 : there;
  }

  @Override
  public int tgid(int tid) {
    return tgids.getOrDefault(tid, tid);
  }

  @Override
  public int ppid(int tid) {
    return ppids.getOrDefault(tid, -1);
  }

  @Override
  public boolean exists(int tid) {
    return !gone.contains(tid);
  }

  @Override
  public char state(int tid) {
    return gone.contains(tid) ? 0 : 'S';
  }

  @Override
  public boolean isOurs(int tid) {
    return true;
  }

  @Override
  public int kill(int pid, int signal) {
    return request("kill with " + signal, pid);
  }

  @Override
  public TraceeMemory memory(int tid) {
    return TraceeMemory.NONE;
  }

  @Override
  public long now() {
    return 1;
  }
}
