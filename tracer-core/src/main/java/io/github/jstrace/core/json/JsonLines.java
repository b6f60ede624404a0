// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.json;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.github.jstrace.core.sink.Output;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * A stream of JSON objects, each on a line of its own. It is plain ASCII: what a tracee wrote
 * cannot steer a terminal through characters that JSON need not escape.
 */
public final class JsonLines {
  private final Output output;
  private final JsonGenerator generator;

  /** DEL is the one ASCII control character that JSON leaves alone. */
  private static final class Escapes extends CharacterEscapes {
    private static final long serialVersionUID = 1L;

    @Override
    public int[] getEscapeCodesForAscii() {
      int[] escapes = CharacterEscapes.standardAsciiEscapesForJSON();
      escapes[127] = CharacterEscapes.ESCAPE_STANDARD;
      return escapes;
    }

    @Override
    public @Nullable SerializableString getEscapeSequence(int ch) {
      return null;
    }
  }

  public JsonLines(Output output) {
    this.output = output;
    try {
      this.generator =
          new JsonFactoryBuilder()
              .rootValueSeparator("")
              .characterEscapes(new Escapes())
              .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
              .build()
              .createGenerator(new ToOutput(output));
    } catch (IOException e) {
      throw cannotFail(e);
    }
  }

  /** Jackson's output into ours, which keeps failures to itself. */
  private static final class ToOutput extends OutputStream {
    private final Output output;

    ToOutput(Output output) {
      this.output = output;
    }

    @Override
    public void write(int b) {
      output.write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      output.write(bytes, offset, length);
    }
  }

  /** Begins an object; {@link #end} ends it. */
  JsonGenerator begin(String type) {
    try {
      generator.writeStartObject();
      generator.writeStringField("type", type);
      return generator;
    } catch (IOException e) {
      throw cannotFail(e);
    }
  }

  /** Ends the object and its line. */
  void end(long now) {
    try {
      generator.writeEndObject();
      generator.writeRaw('\n');
      generator.flush();
    } catch (IOException e) {
      throw cannotFail(e);
    }
    output.commit(now);
  }

  void flush() {
    output.flush();
  }

  void close() {
    output.close();
  }

  /** An {@link Output} throws nothing, so that only a mistake of ours gets here. */
  static UncheckedIOException cannotFail(IOException e) {
    return new UncheckedIOException("JSON could not be written", e);
  }
}
