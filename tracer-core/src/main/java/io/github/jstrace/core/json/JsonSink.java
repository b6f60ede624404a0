// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.json;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.decode.DecodedCall;
import io.github.jstrace.core.decode.IoData;
import io.github.jstrace.core.sink.Sink;
import io.github.jstrace.core.sink.ThreadOutputs;
import io.github.jstrace.core.sink.WallClock;
import io.github.jstrace.core.stack.StackFrame;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Errno;
import io.github.jstrace.tables.Signals;
import java.io.IOException;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes each event as a JSON object on a line of its own, calls when they are complete. */
public final class JsonSink implements Sink {
  private final @Nullable JsonLines shared;
  private final @Nullable ThreadOutputs outputs;
  private final Map<Tracee, JsonLines> ofThreads = new IdentityHashMap<>();
  private StackFrame @Nullable [] stack;
  private @Nullable IoData ioData;
  private final WallClock clock = new WallClock();

  /** All threads into one output. */
  public JsonSink(JsonLines lines) {
    this.shared = lines;
    this.outputs = null;
  }

  /** Each thread into an output of its own, closed with the thread. */
  public JsonSink(ThreadOutputs outputs) {
    this.shared = null;
    this.outputs = outputs;
  }

  /** Has the data written that calls read and write. */
  public JsonSink setIoData(@Nullable IoData value) {
    ioData = value;
    return this;
  }

  private JsonLines linesOf(Tracee tracee) {
    JsonLines lines = shared == null ? ofThreads.get(tracee) : shared;
    if (lines == null) {
      if (outputs == null) {
        throw new IllegalStateException("neither one output nor one for each thread");
      }
      lines = new JsonLines(outputs.open(tracee.tid()));
      ofThreads.put(tracee, lines);
    }
    return lines;
  }

  private void end(Tracee tracee, long now) {
    linesOf(tracee).end(now);
  }

  private void forget(Tracee tracee) {
    JsonLines lines = ofThreads.remove(tracee);
    if (lines != null) {
      lines.close();
    }
  }

  @Override
  public boolean wantsValues() {
    return true;
  }

  @Override
  public boolean wantsEntries() {
    return false;
  }

  private JsonGenerator begin(String type, Tracee tracee, long time) throws IOException {
    JsonGenerator json = linesOf(tracee).begin(type);
    json.writeNumberField("time", clock.at(time));
    json.writeNumberField("pid", tracee.tgid());
    json.writeNumberField("tid", tracee.tid());
    return json;
  }

  @Override
  public void callExited(Tracee tracee, DecodedCall call) {
    try {
      JsonGenerator json = begin("syscall", tracee, tracee.enterTime());
      json.writeStringField("abi", tracee.abi().tableName());
      json.writeNumberField("nr", tracee.kernelNumber());
      json.writeStringField("name", call.name());
      json.writeStringField("ip", JsonValues.hex(tracee.instructionPointer()));
      arguments(json, call);
      result(json, tracee, call);
      if (tracee.tampering() != 0) {
        tampering(json, tracee.tampering());
      }
      if (ioData != null) {
        JsonData data = new JsonData();
        ioData.tell(tracee, call.name(), data);
        data.write(json);
      }
      stack(json);
      json.writeNumberField("duration", tracee.duration());
      end(tracee, tracee.exitTime());
    } catch (IOException e) {
      throw JsonLines.cannotFail(e);
    }
  }

  private static void arguments(JsonGenerator json, DecodedCall call) throws IOException {
    json.writeArrayFieldStart("args");
    for (int i = 0; i < call.argCount(); i++) {
      Value value = call.arg(i);
      if (value instanceof Value.Omitted) {
        continue;
      }
      if (value instanceof Value.Labelled labelled) {
        value = labelled.value();
      }
      json.writeStartObject();
      json.writeStringField("name", call.argName(i));
      json.writeStringField("raw", JsonValues.hex(call.rawArg(i)));
      JsonValues.field(json, "value", value);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void result(JsonGenerator json, Tracee tracee, DecodedCall call)
      throws IOException {
    int errno = tracee.errno();
    if (!tracee.resultKnown() || Errno.isRestart(errno)) {
      json.writeNullField("return");
    } else if (errno != Tracee.SUCCESS) {
      json.writeNumberField("return", -1);
    } else {
      json.writeNumberField("return", tracee.result());
    }
    if (tracee.resultKnown() && errno != Tracee.SUCCESS) {
      json.writeObjectFieldStart("errno");
      json.writeNumberField("number", errno);
      json.writeStringField("name", Errno.name(errno));
      json.writeStringField("message", Errno.message(errno));
      json.writeEndObject();
    }
    Value result = call.result();
    if (result != null && errno == Tracee.SUCCESS && tracee.resultKnown()) {
      JsonValues.field(json, "result", result);
    }
    Value note = call.note();
    if (note != null) {
      JsonValues.field(json, "note", note);
    }
  }

  private static void tampering(JsonGenerator json, int bits) throws IOException {
    int injected = bits & (Tracee.TAMPERED_ARGUMENTS | Tracee.TAMPERED_RESULT);
    if (injected != 0) {
      json.writeArrayFieldStart("injected");
      if ((injected & Tracee.TAMPERED_ARGUMENTS) != 0) {
        json.writeString("args");
      }
      if ((injected & Tracee.TAMPERED_RESULT) != 0) {
        json.writeString("return");
      }
      json.writeEndArray();
    }
    if ((bits & Tracee.DELAYED) != 0) {
      json.writeBooleanField("delayed", true);
    }
  }

  @Override
  public void stack(Tracee tracee, StackFrame[] frames) {
    stack = frames;
  }

  /** The stack that belongs to the object being written, if there is one. */
  private void stack(JsonGenerator json) throws IOException {
    StackFrame[] frames = stack;
    if (frames == null) {
      return;
    }
    stack = null;
    json.writeArrayFieldStart("stack");
    for (StackFrame frame : frames) {
      if (frame == StackFrame.MORE) {
        continue;
      }
      json.writeStartObject();
      json.writeStringField("ip", JsonValues.hex(frame.address()));
      if (frame.object() != null) {
        JsonValues.bytesField(json, "object", frame.object());
        json.writeStringField("offset", JsonValues.hex(frame.objectOffset()));
      }
      if (frame.symbol() != null) {
        JsonValues.bytesField(json, "symbol", frame.symbol());
        json.writeStringField("symbolOffset", JsonValues.hex(frame.symbolOffset()));
      }
      if (frame.source() != null) {
        JsonValues.bytesField(json, "source", frame.source());
        json.writeNumberField("line", frame.line());
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void signal(JsonGenerator json, int signal) throws IOException {
    json.writeObjectFieldStart("signal");
    json.writeNumberField("number", signal);
    json.writeStringField("name", Signals.name(signal));
    json.writeEndObject();
  }

  @Override
  public void signalled(Tracee tracee, int signal, Value siginfo) {
    try {
      long now = tracee.eventTime();
      JsonGenerator json = begin("signal", tracee, now);
      signal(json, signal);
      JsonValues.field(json, "info", siginfo);
      stack(json);
      end(tracee, now);
    } catch (IOException e) {
      throw JsonLines.cannotFail(e);
    }
  }

  @Override
  public void stopped(Tracee tracee, int signal) {
    try {
      long now = tracee.eventTime();
      JsonGenerator json = begin("stop", tracee, now);
      signal(json, signal);
      end(tracee, now);
    } catch (IOException e) {
      throw JsonLines.cannotFail(e);
    }
  }

  @Override
  public void attached(Tracee tracee, int parentTid) {
    try {
      long now = tracee.eventTime();
      JsonGenerator json = begin("attach", tracee, now);
      if (parentTid == 0) {
        json.writeNullField("parent");
      } else {
        json.writeNumberField("parent", parentTid);
      }
      end(tracee, now);
    } catch (IOException e) {
      throw JsonLines.cannotFail(e);
    }
  }

  @Override
  public void exited(Tracee tracee, int status) {
    try {
      long now = tracee.eventTime();
      begin("exit", tracee, now).writeNumberField("status", status);
      end(tracee, now);
      forget(tracee);
    } catch (IOException e) {
      throw JsonLines.cannotFail(e);
    }
  }

  @Override
  public void killed(Tracee tracee, int signal, boolean coreDumped) {
    try {
      long now = tracee.eventTime();
      JsonGenerator json = begin("killed", tracee, now);
      signal(json, signal);
      json.writeBooleanField("coreDumped", coreDumped);
      end(tracee, now);
      forget(tracee);
    } catch (IOException e) {
      throw JsonLines.cannotFail(e);
    }
  }

  @Override
  public void superseded(Tracee tracee, int byTid) {
    try {
      long now = tracee.eventTime();
      begin("superseded", tracee, now).writeNumberField("by", byTid);
      end(tracee, now);
    } catch (IOException e) {
      throw JsonLines.cannotFail(e);
    }
  }

  @Override
  public void detached(Tracee tracee) {
    try {
      long now = tracee.eventTime();
      begin("detach", tracee, now);
      end(tracee, now);
      forget(tracee);
    } catch (IOException e) {
      throw JsonLines.cannotFail(e);
    }
  }

  @Override
  public void lost(long count) {
    // it is not known whose they were: in every thread's output
    if (shared != null) {
      lost(shared, count);
    }
    for (JsonLines lines : ofThreads.values()) {
      lost(lines, count);
    }
  }

  private void lost(JsonLines lines, long count) {
    try {
      long now = System.nanoTime();
      JsonGenerator json = lines.begin("lost");
      json.writeNumberField("time", clock.at(now));
      json.writeNumberField("count", count);
      lines.end(now);
    } catch (IOException e) {
      throw JsonLines.cannotFail(e);
    }
  }

  @Override
  public void vanished(Tracee tracee) {
    forget(tracee);
  }

  @Override
  public void idle() {
    if (shared != null) {
      shared.flush();
    }
    for (JsonLines lines : ofThreads.values()) {
      lines.flush();
    }
  }

  @Override
  public void finished() {
    idle();
  }
}
