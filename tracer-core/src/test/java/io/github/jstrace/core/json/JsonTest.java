// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.core.decode.CallBuilder;
import io.github.jstrace.core.sink.Output;
import io.github.jstrace.core.summary.Summary;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.core.value.Value.Base;
import io.github.jstrace.tables.Abi;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonTest {
  private static final Schema SCHEMA = schema();
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final JsonLines lines = new JsonLines(new Output(bytes, "test", true, message -> {}));
  private final JsonSink sink = new JsonSink(lines);
  private final Tracee tracee = new Tracee(4712, 4711, TraceeMemory.NONE);

  private static Schema schema() {
    SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    try (InputStream in = JsonSink.class.getResourceAsStream("trace.schema.json")) {
      return registry.getSchema(new String(in.readAllBytes(), UTF_8), InputFormat.JSON);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The lines so far, each of which must be valid. */
  private List<JsonNode> objects() throws IOException {
    List<JsonNode> nodes = new ArrayList<>();
    for (String line : bytes.toString(ISO_8859_1).split("\n", -1)) {
      if (!line.isEmpty()) {
        assertEquals(List.of(), SCHEMA.validate(line, InputFormat.JSON), line);
        nodes.add(MAPPER.readTree(line));
      }
    }
    bytes.reset();
    return nodes;
  }

  private JsonNode call(Value... args) throws IOException {
    tracee.enter(Abi.X86_64, 2, 0x7f00, 0, System.nanoTime(), 0);
    tracee.exit(3, 0, System.nanoTime(), 0);
    sink.callExited(tracee, new CallBuilder("open", false, args).exit(Value.dec(3), null));
    return objects().get(0);
  }

  private JsonNode value(Value value) throws IOException {
    return call(value).get("args").get(0).get("value");
  }

  private String json(Value value) throws IOException {
    return value(value).toString().replace('"', '\'');
  }

  private static Value.Str str(byte[] bytes, boolean truncated) {
    return new Value.Str(bytes, truncated, false, false);
  }

  @Test
  void syscall() throws IOException {
    long before = System.currentTimeMillis();
    JsonNode call = call(str("/etc".getBytes(UTF_8), false), Value.OMITTED, Value.dec(7));
    assertEquals("syscall", call.get("type").asText());
    assertEquals(4711, call.get("pid").asInt());
    assertEquals(4712, call.get("tid").asInt());
    assertEquals("open", call.get("name").asText());
    assertEquals("0x7f00", call.get("ip").asText());
    assertEquals("a0", call.get("args").get(0).get("name").asText());
    assertEquals("0x10", call.get("args").get(0).get("raw").asText());
    assertEquals("/etc", call.get("args").get(0).get("value").asText());
    assertEquals(2, call.get("args").size());
    assertEquals(3, call.get("return").asInt());
    assertEquals(before, call.get("time").asLong() / 1_000_000, 5_000);
    assertTrue(call.get("duration").asLong() < 1_000_000_000);
    assertFalse(call.has("errno"));
  }

  @Test
  void errors() throws IOException {
    tracee.enter(Abi.I386, 5, 0, 0, 1, 0);
    tracee.exit(-2, 2, 2, 0);
    sink.callExited(tracee, new CallBuilder("open", false).exit(null, null));
    tracee.exit(-512, 512, 2, 0);
    sink.callExited(tracee, new CallBuilder("open", false).exit(null, null));
    tracee.abandon(3);
    sink.callExited(tracee, new CallBuilder("open", true).exit(null, null));
    List<JsonNode> calls = objects();
    assertEquals(
        "{\"number\":2,\"name\":\"ENOENT\",\"message\":\"No such file or directory\"}",
        calls.get(0).get("errno").toString());
    assertEquals(-1, calls.get(0).get("return").asInt());
    assertEquals("ERESTARTSYS", calls.get(1).get("errno").get("name").asText());
    assertTrue(calls.get(1).get("return").isNull());
    assertTrue(calls.get(2).get("return").isNull());
    assertFalse(calls.get(2).has("errno"));
  }

  @Test
  void valuesOfAllKinds() throws IOException {
    assertEquals("-5", json(Value.dec(-5)));
    assertEquals("18446744073709551615", json(Value.udec(-1)));
    assertEquals("null", json(Value.NULL));
    assertEquals("{'address':'0x5','unreadable':true}", json(Value.unreadable(5)));
    assertEquals("{'name':'AF_UNIX','raw':'0x1'}", json(Value.name(1, "AF_UNIX")));
    assertEquals(
        "{'name':null,'raw':'0x63'}",
        json(new Value.Sym(0x63, Base.HEX, Value.NO_NAMES, 0, "AF_???", false)));
    assertEquals(
        "{'flags':['O_RDWR'],'rest':'0x40000000','raw':'0x40000002'}",
        json(new Value.Sym(0x40000002, Base.HEX, new String[] {"O_RDWR"}, 0x40000000, null, true)));
    assertEquals(
        "{'flags':['S_IFREG'],'rest':'0x1a4','raw':'0x81a4'}",
        json(
            new Value.Or(
                0100644,
                Base.PERM,
                Value.name(0100000, "S_IFREG"),
                new Value.Num(0644, Base.PERM))));
    assertEquals(
        "{'fd':-100,'name':'AT_FDCWD','path':'/tmp'}",
        json(new Value.Fd(-100, "AT_FDCWD", "/tmp".getBytes(UTF_8), false, null)));
    assertEquals(
        "{'fd':3,'deleted':true,'details':'char 1:3'}",
        json(new Value.Fd(3, null, null, true, "char 1:3")));
    Value signals = new Value.NameSet(new String[] {"INT"}, false);
    assertEquals(
        "{'fd':3,'details':'signalfd','content':{'set':['INT'],'complement':false}}",
        json(new Value.Fd(3, null, null, false, "signalfd", signals)));
    assertEquals("{'pid':5,'own':77}", json(new Value.Pid(5, null, 77)));
    assertEquals("{'pid':5,'comm':'sh'}", json(new Value.Pid(5, "sh".getBytes(UTF_8), 0)));
    assertEquals(
        "{'set':['INT','TERM'],'complement':true}",
        json(new Value.NameSet(new String[] {"INT", "TERM"}, true)));
    assertEquals(
        "{'set':[4],'complement':false}",
        json(new Value.Members(new Value[] {Value.dec(4)}, false)));
    assertEquals(
        "{'items':[1],'truncated':true}", json(new Value.Arr(new Value[] {Value.dec(1)}, true)));
    assertEquals("[1,2]", json(Value.array(Value.dec(1), Value.dec(2))));
    assertEquals(
        "{'before':100,'after':16}", json(new Value.Changed(Value.dec(100), Value.dec(16))));
    assertEquals("8", json(new Value.Macro("htons", Value.dec(8))));
    assertEquals(
        "{'major':8,'minor':1}",
        json(
            new Value.Coded(
                Value.hex(0x801), new Value.Macro("makedev", Value.hex(8), Value.hex(1)))));
    assertEquals("{'macro':'f','args':[1]}", json(new Value.Macro("f", Value.dec(1))));
    assertEquals("1", json(new Value.Labelled("child_stack", Value.dec(1))));
    assertEquals(
        "{'label':'@','value':'x'}", json(new Value.Prefixed("@", str(new byte[] {'x'}, false))));
    assertEquals("{'text':'WIFEXITED(s)','raw':'0x0'}", json(new Value.Text("WIFEXITED(s)", 0)));
    assertEquals("{'value':1,'comment':'1970'}", json(new Value.Commented(Value.dec(1), "1970")));
    assertEquals("2", json(new Value.Abbrev(Value.dec(1), Value.dec(2))));
  }

  @Test
  void structsAreWholeAndHideNothing() throws IOException {
    Value struct =
        new Value.Struct(
            new Value.Field[] {
              new Value.Field("st_dev", Value.dec(1), true),
              Value.field("st_ino", Value.dec(2)),
              Value.field("st_ino", Value.dec(3)),
              Value.field("", Value.dec(4)),
              Value.field("", Value.dec(5)),
              Value.field("none", Value.OMITTED)
            },
            true);
    assertEquals(
        "{'st_dev':1,'st_ino':2,'st_ino_2':3,'value':4,'value_2':5,'_more':true}", json(struct));
  }

  /** What a reader of the JSON does to get the bytes back. */
  private static byte[] read(JsonNode node) throws IOException {
    if (node.isTextual()) {
      return node.asText().getBytes(UTF_8);
    }
    return node.has("base64")
        ? node.get("base64").binaryValue()
        : node.get("text").asText().getBytes(UTF_8);
  }

  @Test
  void bytesSurviveTheRoundTrip() throws IOException {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    assertArrayEquals(all, read(value(str(all, false))));
    byte[][] cases = {
      {},
      "plain \"quoted\" \\ \n\t\0\33[0m\177".getBytes(UTF_8),
      "\u00e4\u20ac\ud83d\ude00\ufffd\u2028".getBytes(UTF_8),
      {(byte) 0xc3},
      {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
      {(byte) 0xc0, (byte) 0x80}
    };
    for (byte[] each : cases) {
      assertArrayEquals(each, read(value(str(each, false))));
      JsonNode cut = value(str(each, true));
      assertArrayEquals(each, read(cut));
      assertTrue(cut.get("truncated").asBoolean());
      assertArrayEquals(each, read(value(new Value.HexStr(each, false))));
    }
    Random random = new Random(7);
    for (int i = 0; i < 200; i++) {
      byte[] some = new byte[random.nextInt(12)];
      random.nextBytes(some);
      assertArrayEquals(some, read(value(str(some, i % 2 == 0))));
    }
  }

  @Test
  void linesArePrintableAscii() throws IOException {
    byte[] nasty = "\u009b31m\177\u202e\33]0;x\7".getBytes(UTF_8);
    tracee.enter(Abi.X86_64, 2, 0, 0, 1, 0);
    tracee.exit(0, 0, 1, 0);
    sink.callExited(tracee, new CallBuilder("open", false, str(nasty, false)).exit(null, null));
    String line = bytes.toString(ISO_8859_1);
    assertTrue(line.endsWith("}\n"));
    line.substring(0, line.length() - 1)
        .chars()
        .forEach(c -> assertTrue(c >= ' ' && c <= '~', () -> "character " + c));
    assertArrayEquals(nasty, read(objects().get(0).get("args").get(0).get("value")));
  }

  @Test
  void otherEvents() throws IOException {
    sink.attached(tracee, 0);
    sink.attached(tracee, 4711);
    sink.signalled(tracee, 17, Value.struct(Value.field("si_signo", Value.name(17, "SIGCHLD"))));
    sink.stopped(tracee, 20);
    sink.superseded(tracee, 4713);
    sink.exited(tracee, 3);
    sink.killed(tracee, 11, true);
    sink.detached(tracee);
    sink.lost(5);
    List<JsonNode> events = objects();
    String[] types = {
      "attach", "attach", "signal", "stop", "superseded", "exit", "killed", "detach", "lost"
    };
    for (int i = 0; i < types.length; i++) {
      assertEquals(types[i], events.get(i).get("type").asText());
    }
    assertEquals(4711, events.get(1).get("parent").asInt());
    assertEquals("{\"number\":17,\"name\":\"SIGCHLD\"}", events.get(2).get("signal").toString());
    assertEquals(4713, events.get(4).get("by").asInt());
    assertEquals(3, events.get(5).get("status").asInt());
    assertTrue(events.get(6).get("coreDumped").asBoolean());
    assertEquals(5, events.get(8).get("count").asInt());
  }

  @Test
  void summary() throws IOException {
    Summary summary = new Summary(true, 100);
    summary.count(Abi.X86_64, 0, 0, 1_000, 5_000);
    summary.count(Abi.X86_64, 0, 9, 3_000, 9_000);
    summary.count(Abi.I386, 20, 0, 0, 0);
    summary.count(Abi.X86_64, 5000, 38, 0, 0);
    new JsonSummary(lines).write(summary);
    JsonNode syscalls = objects().get(0).get("syscalls");
    assertEquals(3, syscalls.size());
    JsonNode read = syscalls.get(0);
    assertEquals("read", read.get("name").asText());
    assertEquals(2, read.get("calls").asInt());
    assertEquals("{\"EBADF\":1}", read.get("errnos").toString());
    assertEquals("{\"total\":3800,\"min\":900,\"max\":2900}", read.get("systemTime").toString());
    assertEquals(9000, read.get("latency").get("max").asInt());
    assertEquals("syscall_0x1388", syscalls.get(1).get("name").asText());
    assertEquals("i386", syscalls.get(2).get("abi").asText());
  }

  @Test
  void schemaRejects() {
    String[] wrong = {
      "{}",
      "{\"type\":\"exit\"}",
      "{\"type\":\"exit\",\"time\":1,\"pid\":1,\"tid\":1,\"status\":\"0\"}",
      "{\"type\":\"exit\",\"time\":1.5,\"pid\":1,\"tid\":1,\"status\":0}",
      "{\"type\":\"exit\",\"time\":1,\"pid\":1,\"tid\":1,\"status\":0,\"more\":1}",
      "{\"type\":\"signal\",\"time\":1,\"pid\":1,\"tid\":1,\"signal\":{\"number\":1,\"name\":\"HUP\"},\"info\":null}",
      "{\"type\":\"signal\",\"time\":1,\"pid\":1,\"tid\":1,\"signal\":{\"number\":1,\"name\":\"SIGHUP\"},\"info\":{\"flags\":[],\"raw\":5}}"
    };
    for (String each : wrong) {
      assertNotEquals(List.of(), SCHEMA.validate(each, InputFormat.JSON), each);
    }
  }
}
