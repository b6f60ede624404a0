// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.json;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.jstrace.core.value.Value;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes {@link Value} trees as JSON, as docs/json.md says. Abbreviation does not exist here. */
final class JsonValues {
  private JsonValues() {}

  static void write(JsonGenerator json, Value value) throws IOException {
    if (value instanceof Value.Num num) {
      number(json, num.value(), num.base() == Value.Base.DEC);
    } else if (value instanceof Value.Sym sym) {
      sym(json, sym);
    } else if (value instanceof Value.Str str) {
      bytes(json, str.bytes(), str.truncated());
    } else if (value instanceof Value.HexStr hex) {
      base64(json, hex.bytes(), null, hex.truncated());
    } else if (value instanceof Value.Addr addr) {
      address(json, addr);
    } else if (value instanceof Value.Fd fd) {
      descriptor(json, fd);
    } else if (value instanceof Value.Struct struct) {
      struct(json, struct);
    } else if (value instanceof Value.Arr array) {
      array(json, array);
    } else if (value instanceof Value.Pid pid) {
      json.writeStartObject();
      json.writeNumberField("pid", pid.pid());
      bytesField(json, "comm", pid.comm());
      if (pid.own() != 0) {
        json.writeNumberField("own", pid.own());
      }
      json.writeEndObject();
    } else if (value instanceof Value.Or or) {
      or(json, or);
    } else if (value instanceof Value.Members members) {
      json.writeStartObject();
      json.writeFieldName("set");
      items(json, members.items());
      json.writeBooleanField("complement", members.complement());
      json.writeEndObject();
    } else if (value instanceof Value.NameSet set) {
      json.writeStartObject();
      json.writeFieldName("set");
      strings(json, set.names());
      json.writeBooleanField("complement", set.complement());
      json.writeEndObject();
    } else {
      composed(json, value);
    }
  }

  private static void labelled(JsonGenerator json, String label, Value value) throws IOException {
    json.writeStartObject();
    json.writeStringField("label", label);
    field(json, "value", value);
    json.writeEndObject();
  }

  private static void composed(JsonGenerator json, Value value) throws IOException {
    if (value instanceof Value.Text text) {
      json.writeStartObject();
      json.writeStringField("text", text.text());
      json.writeStringField("raw", hex(text.raw()));
      json.writeEndObject();
    } else if (value instanceof Value.Coded coded) {
      JsonMacros.coded(json, coded);
    } else if (value instanceof Value.Worded worded) {
      write(json, worded.decoded());
    } else if (value instanceof Value.Macro macro) {
      JsonMacros.macro(json, macro);
    } else if (value instanceof Value.Changed changed) {
      json.writeStartObject();
      field(json, "before", changed.before());
      field(json, "after", changed.after());
      json.writeEndObject();
    } else if (value instanceof Value.Commented commented) {
      json.writeStartObject();
      field(json, "value", commented.value());
      json.writeStringField("comment", commented.comment());
      json.writeEndObject();
    } else if (value instanceof Value.Hinted hinted) {
      json.writeStartObject();
      field(json, "value", hinted.value());
      json.writeStringField("comment", hinted.hint());
      json.writeEndObject();
    } else if (value instanceof Value.Abbrev abbrev) {
      write(json, abbrev.full());
    } else if (value instanceof Value.Labelled labelled) {
      labelled(json, labelled.label(), labelled.value());
    } else if (value instanceof Value.Secured secured) {
      json.writeStartObject();
      field(json, "value", secured.value());
      bytesField(json, "secontext", secured.context());
      json.writeEndObject();
    } else if (value instanceof Value.At element) {
      String[] names = element.index().names();
      json.writeStartObject();
      json.writeStringField(
          "label", names.length > 0 ? names[0] : String.valueOf(element.index().raw()));
      field(json, "value", element.value());
      json.writeEndObject();
    } else if (value instanceof Value.Shifted shifted) {
      write(json, shifted.value());
    } else if (value instanceof Value.Sum sum) {
      labelled(json, sum.base().names()[0] + "+", sum.offset());
    } else if (value instanceof Value.Prefixed prefixed) {
      labelled(json, prefixed.prefix().trim(), prefixed.value());
    } else if (value instanceof Value.Seq seq) {
      items(json, seq.items());
    } else {
      json.writeNull();
    }
  }

  static void field(JsonGenerator json, String name, Value value) throws IOException {
    json.writeFieldName(name);
    write(json, value);
  }

  private static void number(JsonGenerator json, long v, boolean signed) throws IOException {
    if (signed || v >= 0) {
      json.writeNumber(v);
    } else {
      json.writeNumber(Long.toUnsignedString(v));
    }
  }

  static String hex(long v) {
    return "0x" + Long.toHexString(v);
  }

  private static void strings(JsonGenerator json, String[] strings) throws IOException {
    json.writeStartArray();
    for (String each : strings) {
      json.writeString(each);
    }
    json.writeEndArray();
  }

  private static void items(JsonGenerator json, Value[] items) throws IOException {
    json.writeStartArray();
    for (Value item : items) {
      if (!(item instanceof Value.Omitted)) {
        write(json, item);
      }
    }
    json.writeEndArray();
  }

  private static void sym(JsonGenerator json, Value.Sym sym) throws IOException {
    json.writeStartObject();
    if (sym.flags() || sym.names().length > 1 || (sym.names().length == 1 && sym.rest() != 0)) {
      json.writeFieldName("flags");
      strings(json, sym.names());
      rest(json, sym.rest());
    } else {
      json.writeStringField("name", sym.names().length == 0 ? null : sym.names()[0]);
    }
    json.writeStringField("raw", hex(sym.raw()));
    json.writeEndObject();
  }

  private static void rest(JsonGenerator json, long rest) throws IOException {
    if (rest != 0) {
      json.writeStringField("rest", hex(rest));
    }
  }

  /**
   * Names of all parts as flags; what is a number in it, such as the permissions of a mode, is the
   * rest.
   */
  private static void or(JsonGenerator json, Value.Or or) throws IOException {
    json.writeStartObject();
    json.writeArrayFieldStart("flags");
    long rest = 0;
    for (Value part : or.parts()) {
      if (part instanceof Value.Sym sym) {
        for (String name : sym.names()) {
          json.writeString(name);
        }
        rest |= sym.names().length == 0 ? sym.raw() : sym.rest();
      } else if (part instanceof Value.Shifted shifted) {
        Value.Sym high = shifted.value();
        if (high.names().length > 0) {
          json.writeString(high.names()[0] + "<<" + shifted.bits());
        } else {
          rest |= high.raw() << shifted.bits();
        }
      } else if (part instanceof Value.Num num) {
        rest |= num.value();
      } else if (part instanceof Value.Text text && !text.text().isEmpty()) {
        json.writeString(text.text());
      }
    }
    json.writeEndArray();
    rest(json, rest);
    json.writeStringField("raw", hex(or.raw()));
    json.writeEndObject();
  }

  private static void address(JsonGenerator json, Value.Addr addr) throws IOException {
    if (addr.value() == 0) {
      json.writeNull();
      return;
    }
    json.writeStartObject();
    json.writeStringField("address", hex(addr.value()));
    if (addr.unreadable()) {
      json.writeBooleanField("unreadable", true);
    }
    json.writeEndObject();
  }

  private static void descriptor(JsonGenerator json, Value.Fd fd) throws IOException {
    json.writeStartObject();
    json.writeNumberField("fd", fd.fd());
    if (fd.special() != null) {
      json.writeStringField("name", fd.special());
    }
    bytesField(json, "path", fd.path());
    if (fd.deleted()) {
      json.writeBooleanField("deleted", true);
    }
    if (fd.details() != null) {
      json.writeStringField("details", fd.details());
    }
    if (fd.content() != null) {
      json.writeFieldName("content");
      write(json, fd.content());
    }
    json.writeEndObject();
  }

  private static void struct(JsonGenerator json, Value.Struct struct) throws IOException {
    json.writeStartObject();
    Set<String> names = new HashSet<>();
    for (Value.Field field : struct.fields()) {
      if (field.value() instanceof Value.Omitted) {
        continue;
      }
      // two members of one name, or without any, must not hide each other
      String name = field.name().isEmpty() ? "value" : field.name();
      String unique = name;
      for (int i = 2; !names.add(unique); i++) {
        unique = name + "_" + i;
      }
      field(json, unique, field.value());
    }
    if (struct.more()) {
      json.writeBooleanField("_more", true);
    }
    json.writeEndObject();
  }

  private static void array(JsonGenerator json, Value.Arr array) throws IOException {
    if (!array.more()) {
      items(json, array.items());
      return;
    }
    json.writeStartObject();
    json.writeFieldName("items");
    items(json, array.items());
    json.writeBooleanField("truncated", true);
    json.writeEndObject();
  }

  static void bytesField(JsonGenerator json, String name, byte @Nullable [] bytes)
      throws IOException {
    if (bytes != null) {
      json.writeFieldName(name);
      bytes(json, bytes, false);
    }
  }

  /**
   * A string if it is all there and UTF-8, else an object that says what is missing and keeps every
   * byte.
   */
  private static void bytes(JsonGenerator json, byte[] bytes, boolean truncated)
      throws IOException {
    String text = utf8(bytes);
    if (text == null) {
      base64(json, bytes, new String(bytes, StandardCharsets.UTF_8), truncated);
    } else if (truncated) {
      json.writeStartObject();
      json.writeStringField("text", text);
      json.writeBooleanField("truncated", true);
      json.writeEndObject();
    } else {
      json.writeString(text);
    }
  }

  private static void base64(
      JsonGenerator json, byte[] bytes, @Nullable String approximately, boolean truncated)
      throws IOException {
    json.writeStartObject();
    if (approximately != null) {
      json.writeStringField("text", approximately);
    }
    json.writeBinaryField("base64", bytes);
    if (truncated) {
      json.writeBooleanField("truncated", true);
    }
    json.writeEndObject();
  }

  private static @Nullable String utf8(byte[] bytes) {
    boolean ascii = true;
    for (byte b : bytes) {
      ascii &= b >= 0;
    }
    if (ascii) {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
