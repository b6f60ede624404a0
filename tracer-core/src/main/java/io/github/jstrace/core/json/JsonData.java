// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.json;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.jstrace.core.decode.IoData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** The data of a call, all its buffers one after the other, as far as there is memory for it. */
final class JsonData implements IoData.Receiver {
  private static final int MAX_SIZE = 64 << 20;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  @Override
  public void message(int index, int buffers) {}

  @Override
  public void buffer(int index, long length) {}

  @Override
  public void data(long offset, byte[] piece, int length, long total) {
    if (bytes.size() < MAX_SIZE) {
      bytes.write(piece, 0, length);
    }
  }

  @Override
  public void missing(int length, int tid, long address) {}

  /** Writes the member {@code data}, unless there is none. */
  void write(JsonGenerator json) throws IOException {
    if (bytes.size() > 0) {
      json.writeBinaryField("data", bytes.toByteArray());
    }
  }
}
