// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Makes decoded calls for tests of what shows them. */
public final class CallBuilder {
  private final DecodedCall call = new DecodedCall();

  /** A call with the arguments that are known at entry. */
  public CallBuilder(String name, boolean more, Value... entry) {
    this(name, true, more, entry);
  }

  /** A call whose structs are abbreviated or not. */
  public CallBuilder(String name, boolean abbreviated, boolean more, Value... entry) {
    String[] names = new String[8];
    for (int i = 0; i < names.length; i++) {
      names[i] = "a" + i;
    }
    call.begin(name, true, abbreviated, false, names);
    for (Value value : entry) {
      call.add(0x10, value);
    }
    call.endOfEntry(more);
  }

  /** As it is at entry. */
  public DecodedCall entry() {
    return call;
  }

  /** Replaces the last argument of the entry. */
  public CallBuilder changed(Value value) {
    call.replace(call.entryCount() - 1, value);
    return this;
  }

  /** As it is at exit. */
  public DecodedCall exit(@Nullable Value result, @Nullable Value note, Value... more) {
    for (Value value : Arrays.asList(more)) {
      call.add(0x20, value);
    }
    if (result != null) {
      call.setResult(result, note);
    }
    return call;
  }
}
