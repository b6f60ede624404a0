// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.jstrace.core.json.JsonSink;
import io.github.jstrace.it.differential.Tracer;
import io.github.jstrace.it.differential.Workspace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class JsonOutputTest {
  private static final Schema SCHEMA = schema();
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Pattern EXAMPLE = Pattern.compile("```sh\n(jq .*?)\n```", Pattern.DOTALL);
  private static Path directory = Path.of("/nonexistent");

  private static Schema schema() {
    SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    try (InputStream in = JsonSink.class.getResourceAsStream("trace.schema.json")) {
      return registry.getSchema(new String(in.readAllBytes(), UTF_8), InputFormat.JSON);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeAll
  static void makeDirectory() throws IOException {
    directory = Workspace.emptyDirectory(Workspace.output().resolve("json"));
  }

  /** Runs words in {@link #directory}; what it wrote to stdout. */
  private static String run(List<String> words) throws IOException, InterruptedException {
    Path out = directory.resolve("stdout");
    Process process =
        new ProcessBuilder(words)
            .directory(directory.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(out.toFile())
            .redirectError(directory.resolve("stderr").toFile())
            .start();
    assertTrue(process.waitFor(120, TimeUnit.SECONDS), () -> words + " does not end");
    return Files.readString(out, ISO_8859_1);
  }

  private static String trace(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(Tracer.underTest().command());
    command.addAll(List.of(words));
    return run(command);
  }

  /** The lines of a trace, each of which must be valid. */
  private static List<JsonNode> valid(String text) throws IOException {
    List<JsonNode> nodes = new ArrayList<>();
    for (String line : text.split("\n")) {
      assertEquals(List.of(), SCHEMA.validate(line, InputFormat.JSON), line);
      nodes.add(MAPPER.readTree(line));
    }
    return nodes;
  }

  private static List<JsonNode> traceFile(String... words)
      throws IOException, InterruptedException {
    Path file = directory.resolve("file.json");
    Files.deleteIfExists(file);
    List<String> all = new ArrayList<>(List.of("--json", "-o", file.toString()));
    all.addAll(List.of(words));
    trace(all.toArray(new String[0]));
    return valid(Files.readString(file, UTF_8));
  }

  private static Set<String> types(List<JsonNode> nodes) {
    Set<String> types = new TreeSet<>();
    for (JsonNode node : nodes) {
      types.add(node.get("type").asText());
    }
    return types;
  }

  @Tag("any-java")
  @Test
  void everyFixtureGivesValidObjects() throws IOException, InterruptedException {
    String[] fixtures = {
      "files",
      "processes",
      "sockets",
      "memory",
      "ipc",
      "threads",
      "strings",
      "garbage",
      "unknown",
      "exec_thread"
    };
    Set<String> types = new TreeSet<>();
    for (String fixture : fixtures) {
      List<JsonNode> nodes = traceFile("-f", "-yy", "-Y", Workspace.program(fixture).toString());
      assertTrue(nodes.size() > 20, fixture);
      types.addAll(types(nodes));
    }
    String signals = "sh -c 'kill -STOP $$; kill -SEGV $$' & sleep 0.5; kill -CONT $!; wait";
    types.addAll(types(traceFile("-f", "sh", "-c", signals)));
    assertTrue(
        types.containsAll(
            List.of("attach", "exit", "killed", "signal", "stop", "superseded", "syscall")),
        types::toString);
  }

  @Test
  void netlinkMessagesAreTrees() throws IOException, InterruptedException {
    String program = Workspace.program("netlink").toString();
    int rules = 0;
    for (JsonNode node : traceFile("-e", "trace=recvmsg", program)) {
      JsonNode message = node.path("args").path(1).path("value");
      JsonNode first = message.path("msg_iov").path(0).path("iov_base").path(0);
      JsonNode header = first.path(0);
      if (header.path("nlmsg_type").path("name").asText().equals("RTM_NEWRULE")) {
        rules++;
        assertEquals("NLM_F_MULTI", header.at("/nlmsg_flags/flags/0").asText());
        assertEquals("FR_ACT_TO_TBL", first.at("/1/action/name").asText());
        assertEquals("FRA_TABLE", first.at("/2/0/0/nla_type/name").asText());
        assertEquals("RT_TABLE_LOCAL", first.at("/2/0/1/name").asText());
      }
    }
    assertTrue(rules > 0);
  }

  @Tag("any-java")
  @Test
  void theShapeDoesNotDependOnOptionsOfTheText() throws IOException, InterruptedException {
    String[] command = {"/bin/cat", "/etc/hostname"};
    List<String> plain = shape(traceFile(command));
    String[] options = {
      "-x", "-xx", "-Xraw", "-Xverbose", "-v", "-tt", "-r", "-T", "-i", "-n", "-qq"
    };
    for (String option : options) {
      List<String> other = shape(traceFile(option, command[0], command[1]));
      for (int i = 0; i < Math.min(plain.size(), other.size()); i++) {
        assertEquals(plain.get(i), other.get(i), option);
      }
      assertEquals(plain.size(), other.size(), option);
    }
  }

  /** Names and types of members, without the calls whose bytes are random. */
  private static List<String> shape(List<JsonNode> nodes) {
    List<String> shape = new ArrayList<>();
    for (JsonNode node : nodes) {
      if (!node.path("name").asText().equals("getrandom")) {
        shape.add(node.path("name").asText() + shape(node));
      }
    }
    return shape;
  }

  private static String shape(JsonNode node) {
    StringBuilder shape = new StringBuilder();
    if (node.isObject()) {
      node.properties().forEach(each -> shape.append(each.getKey()).append(shape(each.getValue())));
      return "{" + shape + "}";
    }
    if (node.isArray()) {
      node.forEach(each -> shape.append(shape(each)));
      return "[" + shape + "]";
    }
    return ":" + node.getNodeType() + " ";
  }

  @Test
  void stdoutHasNothingButJson() throws IOException, InterruptedException {
    List<JsonNode> nodes = valid(trace("--json", "echo", "not JSON"));
    assertTrue(types(nodes).contains("exit"));
    assertEquals("not JSON\n", Files.readString(directory.resolve("stderr"), UTF_8));
  }

  @Test
  void bytesOfTheTraceeComeThrough() throws IOException, InterruptedException {
    List<JsonNode> nodes =
        traceFile("-f", "-e", "trace=write", "printf", "\\377\\303\\244\\000\\033[0m");
    JsonNode written = nodes.get(1).get("args").get(1).get("value");
    byte[] expected = {(byte) 0xff, (byte) 0xc3, (byte) 0xa4, 0, 0x1b, '[', '0', 'm'};
    assertArrayEquals(expected, written.get("base64").binaryValue());
  }

  @Test
  void aFileForEachThread() throws IOException, InterruptedException {
    trace("--json", "-ff", "-o", "thread.json", "sh", "-c", "cat /etc/hostname; true");
    int files = 0;
    try (DirectoryStream<Path> list = Files.newDirectoryStream(directory, "thread.json.*")) {
      for (Path file : list) {
        files++;
        List<JsonNode> nodes = valid(Files.readString(file, UTF_8));
        String name = String.valueOf(file.getFileName());
        for (JsonNode node : nodes) {
          assertEquals("thread.json." + node.get("tid").asText(), name);
        }
        assertTrue(types(nodes).containsAll(List.of("attach", "syscall", "exit")), name);
      }
    }
    assertEquals(2, files);
  }

  @Test
  void summaries() throws IOException, InterruptedException {
    List<JsonNode> nodes = traceFile("-c", "-f", "--latency", "sh", "-c", "ls /nonexistent; true");
    assertEquals(Set.of("summary"), types(nodes));
    JsonNode execve = null;
    for (JsonNode call : nodes.get(0).get("syscalls")) {
      assertTrue(call.has("latency"));
      if (call.get("name").asText().equals("execve")) {
        execve = call;
      }
    }
    assertTrue(execve != null && execve.get("calls").asInt() >= 2);
    assertEquals(
        Set.of("attach", "exit", "signal", "summary", "syscall"),
        types(traceFile("-C", "-f", "sh", "-c", "ls /nonexistent; true")));
  }

  @Test
  void examplesOfTheDocumentation() throws IOException, InterruptedException {
    trace("--json", "-f", "-o", "trace.json", "sh", "-c", "cat /etc/hostname /nonexistent; ls /");
    trace("-c", "--latency", "--json", "-o", "summary.json", "ls", "/");
    valid(Files.readString(directory.resolve("trace.json"), UTF_8));
    String text = Files.readString(Workspace.root().resolve("docs/json.md"), UTF_8);
    Matcher matcher = EXAMPLE.matcher(text);
    int examples = 0;
    while (matcher.find()) {
      examples++;
      String output = run(List.of("sh", "-c", matcher.group(1)));
      assertFalse(output.isBlank(), matcher.group(1));
      assertEquals("", Files.readString(directory.resolve("stderr"), UTF_8), matcher.group(1));
    }
    assertTrue(examples >= 8, "examples found: " + examples);
  }
}
