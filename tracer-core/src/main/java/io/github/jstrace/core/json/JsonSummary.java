// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.json;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.jstrace.core.sink.WallClock;
import io.github.jstrace.core.summary.CallCounter;
import io.github.jstrace.core.summary.LatencyHistogram;
import io.github.jstrace.core.summary.Summary;
import io.github.jstrace.core.summary.SummaryWriter;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Errno;
import java.io.IOException;

/** Writes a summary as one JSON object; times are nanoseconds. */
public final class JsonSummary implements SummaryWriter {
  private final JsonLines lines;

  public JsonSummary(JsonLines lines) {
    this.lines = lines;
  }

  @Override
  public void write(Summary summary) {
    try {
      long now = System.nanoTime();
      JsonGenerator json = lines.begin("summary");
      json.writeNumberField("time", new WallClock().at(now));
      if (summary.of() != Summary.Of.ALL) {
        json.writeNumberField(summary.of() == Summary.Of.PROCESS ? "pid" : "tid", summary.id());
        JsonValues.bytesField(json, "comm", summary.comm());
      }
      json.writeNumberField("overhead", summary.overhead());
      json.writeNumberField("lost", summary.lost());
      json.writeArrayFieldStart("syscalls");
      for (Abi abi : Abi.values()) {
        for (CallCounter counter : summary.of(abi)) {
          call(json, counter);
        }
      }
      json.writeEndArray();
      lines.end(now);
      lines.flush();
    } catch (IOException e) {
      throw JsonLines.cannotFail(e);
    }
  }

  private static void call(JsonGenerator json, CallCounter counter) throws IOException {
    json.writeStartObject();
    json.writeStringField("abi", counter.abi().tableName());
    json.writeNumberField("nr", counter.number());
    json.writeStringField("name", counter.name());
    json.writeNumberField("calls", counter.calls());
    json.writeNumberField("errors", counter.errors());
    json.writeObjectFieldStart("errnos");
    for (int errno = 1; errno < counter.errnoLimit(); errno++) {
      long count = counter.errors(errno);
      if (count > 0) {
        String name = Errno.name(errno);
        json.writeNumberField(name == null ? Integer.toString(errno) : name, count);
      }
    }
    json.writeEndObject();
    times(json, "systemTime", counter.systemTime());
    times(json, "wallTime", counter.wallTime());
    LatencyHistogram latency = counter.latency();
    if (latency != null) {
      latency(json, latency);
    }
    json.writeEndObject();
  }

  private static void times(JsonGenerator json, String name, CallCounter.Times times)
      throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("total", times.total());
    json.writeNumberField("min", times.min());
    json.writeNumberField("max", times.max());
    json.writeEndObject();
  }

  private static void latency(JsonGenerator json, LatencyHistogram latency) throws IOException {
    json.writeObjectFieldStart("latency");
    json.writeNumberField("p50", latency.percentile(50));
    json.writeNumberField("p90", latency.percentile(90));
    json.writeNumberField("p99", latency.percentile(99));
    json.writeNumberField("max", latency.max());
    json.writeNumberField("mean", Math.round(latency.mean()));
    json.writeStringField("histogram", latency.encoded());
    json.writeEndObject();
  }
}
