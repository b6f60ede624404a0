// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Operation;
import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.tables.Abi;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the {@link CapturePlan} of a system call from the same types that decode it, so that the
 * two cannot disagree. What an argument is may depend on another one: then all that it could be is
 * copied.
 */
public final class CapturePlanner {
  private final DecodeOptions options;
  private final SyscallDecoder decoder;

  /** {@code decoder} is the one that the captured calls will be decoded with. */
  public CapturePlanner(DecodeOptions options, SyscallDecoder decoder) {
    this.options = options;
    this.decoder = decoder;
  }

  /** The plan of a call; {@link CapturePlan#NOTHING} for a number that no call has. */
  public CapturePlan plan(Abi abi, int number) {
    CallType call = decoder.callType(abi, number);
    if (call == null || options.raw().contains(abi, number)) {
      return CapturePlan.NOTHING;
    }
    boolean brief = options.abbreviated().contains(abi, number) && !options.everything();
    Capture capture = new Capture(abi, options, call, brief);
    if (call.indirect) {
      capture.bytes(Phase.ENTRY, CapturePlan.Place.register(0), call.slotCount * abi.wordSize());
    }
    for (int i = 0; i < call.types.length; i++) {
      call.types[i].needs(capture, capture.argument(i));
    }
    call.result.needs(capture, null);
    if (abi.multiplexes(number)) {
      subcalls(capture, number);
    }
    return split(capture.operations());
  }

  /**
   * Of socketcall(2) and ipc(2) what most of the calls take that they stand for, as which of them
   * it is the plan cannot ask: the arguments of the first stand in memory.
   */
  private static void subcalls(Capture capture, int number) {
    int word = capture.word();
    if (number != SOCKETCALL) {
      CapturePlan.Place at = CapturePlan.Place.register(4);
      some(capture, at);
      some(capture, at.pointerAt(0));
      return;
    }
    CapturePlan.Place at = CapturePlan.Place.register(1);
    capture.bytes(Phase.ENTRY, at, 6 * word);
    // What is no pointer is a number that points at nothing.
    for (int i = 1; i < 6; i++) {
      some(capture, at.pointerAt(i * word));
    }
    CapturePlan.Place message = at.behind(word);
    MessageTypes.needsParts(capture, Phase.ENTRY, message, word, false);
    MessageTypes.needsParts(capture, Phase.EXIT, message, word, true);
  }

  private static void some(Capture capture, CapturePlan.@Nullable Place at) {
    capture.bytes(Phase.ENTRY, at, Capture.SOME);
    capture.bytes(Phase.EXIT, at, Capture.SOME);
  }

  /** The number of socketcall(2), which only i386 has. */
  private static final int SOCKETCALL = 102;

  private static CapturePlan split(List<Operation> operations) {
    if (operations.isEmpty()) {
      return CapturePlan.NOTHING;
    }
    List<Operation> entry = new ArrayList<>(operations.size());
    List<Operation> exit = new ArrayList<>(operations.size());
    int dropped = 0;
    for (Operation operation : operations) {
      List<Operation> list = operation.phase() == Phase.ENTRY ? entry : exit;
      if (list.size() < CapturePlan.MAX_OPERATIONS) {
        list.add(operation);
      } else {
        dropped++;
      }
    }
    return new CapturePlan(entry, exit, dropped);
  }
}
