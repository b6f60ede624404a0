// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R3;
import static io.github.jstrace.ebpf.asm.Size.U32;

import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.Reg;
import java.nio.ByteOrder;

/**
 * What the programs of a trace know of the call that a thread is in: a byte for each thread id, at
 * a fixed address like those of {@link Selection}.
 */
final class ThreadCalls {
  /** The thread was seen to enter a call; stays until the thread ends. */
  static final int KNOWN = 1;

  /** It has entered a call and not left it. */
  static final int IN_CALL = 2;

  /** The entry of that call was recorded, so its exit is to be. */
  static final int RECORDED = 4;

  /** That record waits in the thread's storage: see {@link KeptEntries}. */
  static final int KEPT = 8;

  /** Some of what the call was given could not be read at its entry. */
  static final int INCOMPLETE = 16;

  /** Something happened within the call that is to be shown behind it, so it is not dropped. */
  static final int WITNESSED = 32;

  private final KernelLayout layout;
  private final MapSpec map;

  /**
   * @param threads more than any thread id, a power of two
   */
  ThreadCalls(KernelLayout layout, int threads) {
    this.layout = layout;
    this.map = MapSpec.array("calls", threads, 1);
  }

  MapSpec map() {
    return map;
  }

  /** {@code into} = the address of the byte of {@code task}. Uses R2. */
  void byteOf(Assembler a, Reg task, Reg into) {
    a.load(U32, R2, task, layout.pid());
    byteOfId(a, R2, into);
  }

  /** {@code into} = the address of the byte of thread id {@code tid}, which is lost. */
  void byteOfId(Assembler a, Reg tid, Reg into) {
    a.and(tid, map.valueSize() - 1).mapValue(into, map, 0).add(into, tid);
  }

  /** Sets bits of the byte of another thread, whose id is {@code tid}. Uses R0, R1, R3. */
  void orInto(Assembler a, Reg tid, int bits) {
    boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    a.mov(R1, bits).mov(R0, tid).and(R0, 3).xor(R0, little ? 0 : 3).lsh(R0, 3).lsh(R1, R0);
    a.and(tid, map.valueSize() - 4).mapValue(R3, map, 0).add(R3, tid).atomicOr(U32, R3, 0, R1);
  }
}
