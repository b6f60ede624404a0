// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.json;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.jstrace.core.value.Value;
import java.io.IOException;

/**
 * What C writes as a macro or a call is the plain value in JSON: a port is a number, an address a
 * string.
 */
final class JsonMacros {
  private JsonMacros() {}

  static void coded(JsonGenerator json, Value.Coded coded) throws IOException {
    // 8192*1024 says no more than the number
    JsonValues.write(json, coded.decoded() instanceof Value.Text ? coded.raw() : coded.decoded());
  }

  static void macro(JsonGenerator json, Value.Macro macro) throws IOException {
    Value[] args = macro.args();
    switch (macro.name()) {
      case "htons", "htonl", "inet_addr", "if_nametoindex" -> {
        if (args.length == 1) {
          JsonValues.write(json, args[0]);
          return;
        }
      }
      case "inet_pton" -> {
        if (args.length >= 2) {
          JsonValues.write(json, args[1]);
          return;
        }
      }
      case "makedev" -> {
        if (args.length == 2) {
          json.writeStartObject();
          JsonValues.field(json, "major", args[0]);
          JsonValues.field(json, "minor", args[1]);
          json.writeEndObject();
          return;
        }
      }
      default -> {}
    }
    json.writeStartObject();
    json.writeStringField("macro", macro.name());
    json.writeArrayFieldStart("args");
    for (Value arg : args) {
      JsonValues.write(json, arg);
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
