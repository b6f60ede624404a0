// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How much of each system call the tables decode. {@code opaque} and {@code raw} in a type say that
 * something is not; so does a switch that has no case for a constant of its set and shows a bare
 * number then. What is written in Java counts as decoded.
 */
final class Coverage {
  /** How far a call is decoded. */
  enum Degree {
    DECODED,
    PARTLY,
    RAW
  }

  /**
   * One call of one ABI.
   *
   * @param missing what is not decoded: an argument, or an argument for some values of another
   */
  record Row(Syscall syscall, Degree degree, List<String> missing) {}

  /** A flag set of the tables that commands of ioctl(2) belong to. */
  record Ioctls(int named, int decoded, int none, List<String> opaque) {}

  private static final Set<String> BARE = Set.of("opaque", "raw", "addr", "xlong", "xint");

  /** The types of a struct that the call completes; its name is the second parameter. */
  private static final Set<String> COMPLETED = Set.of("completed", "begun", "answered", "asked");

  private final Abi abi;
  private final Set<String> visiting = new HashSet<>();

  Coverage(Abi abi) {
    this.abi = abi;
  }

  /** The reasons why something is not decoded: {@code coverage.txt}, by the name of the call. */
  static Map<String, String> reasons() {
    Map<String, String> reasons = new LinkedHashMap<>();
    String text;
    try (var in = Coverage.class.getResourceAsStream("coverage.txt")) {
      text =
          new String(java.util.Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    for (String line : text.split("\n")) {
      int blank = line.indexOf(' ');
      if (blank > 0 && line.charAt(0) != '#') {
        reasons.put(line.substring(0, blank), line.substring(blank).trim());
      }
    }
    return reasons;
  }

  /** All calls that the ABI has, by name; those that are none of the kernel's own are left out. */
  List<Row> rows() {
    Map<String, Row> rows = new TreeMap<>();
    for (Syscall syscall : SyscallTable.all()) {
      int number = syscall.number(abi);
      if (number >= 0 && number < SyscallTable.FIRST_SUBCALL) {
        rows.put(syscall.name(), row(syscall));
      }
    }
    return new ArrayList<>(rows.values());
  }

  private Row row(Syscall syscall) {
    Signature signature = syscall.signature();
    List<String> missing = new ArrayList<>();
    int bare = 0;
    for (Signature.Param param : signature.params()) {
      List<String> lacks = new ArrayList<>();
      visit(param.type().core(), signature, null, param.name(), lacks);
      missing.addAll(lacks);
      if (param.type().core() instanceof TypeExpr.Named named && undecoded(named.name())) {
        bare++;
      }
    }
    Degree degree = Degree.PARTLY;
    if (missing.isEmpty()) {
      degree = Degree.DECODED;
    } else if (bare == signature.params().length) {
      degree = Degree.RAW;
    }
    return new Row(syscall, degree, missing);
  }

  private static boolean undecoded(String name) {
    return name.equals("opaque") || name.equals("raw");
  }

  /** {@code where} is the way to the type: the argument and the fields, cases below it. */
  private void visit(
      TypeExpr.Core core,
      @Nullable Signature signature,
      @Nullable StructLayout layout,
      String where,
      List<String> lacks) {
    if (core instanceof TypeExpr.Pointer pointer) {
      visit(pointer.target(), signature, layout, where, lacks);
    } else if (core instanceof TypeExpr.Array array) {
      visit(array.element(), signature, layout, where, lacks);
    } else if (core instanceof TypeExpr.Switch choice) {
      cases(choice, signature, layout, where, lacks);
    } else if (core instanceof TypeExpr.Named named) {
      if (undecoded(named.name())) {
        lacks.add(where);
        return;
      }
      if (named.params().length == 2 && COMPLETED.contains(named.name())) {
        struct(named.params()[1], where, lacks);
      } else {
        struct(named.name(), where, lacks);
      }
    }
  }

  private void struct(String name, String where, List<String> lacks) {
    StructLayout layout = StructLayouts.get(name, abi);
    if (layout == null || !visiting.add(name)) {
      return;
    }
    for (StructLayout.Field field : layout.fields()) {
      if (!field.hidden()) {
        visit(field.type().core(), null, layout, where + "." + field.name(), lacks);
      }
    }
    visiting.remove(name);
  }

  private void cases(
      TypeExpr.Switch choice,
      @Nullable Signature signature,
      @Nullable StructLayout layout,
      String where,
      List<String> lacks) {
    FlagSet set = set(choice.ref(), signature, layout);
    Set<Long> covered = new HashSet<>();
    boolean whole = false;
    for (TypeExpr.Case one : choice.cases()) {
      boolean fallback = one.constants().length == 0;
      whole |= fallback && !bare(one.type().core());
      for (String constant : one.constants()) {
        Long value = SignatureParser.number(constant);
        value = value == null && set != null ? set.lookup(constant, abi) : value;
        if (value != null) {
          covered.add(value);
        }
      }
      if (!fallback) {
        String values = String.join(",", names(one.constants(), set));
        visit(one.type().core(), signature, layout, where + "[" + values + "]", lacks);
      }
    }
    if (whole || set == null) {
      return;
    }
    List<String> without = new ArrayList<>();
    for (String name : set.names(abi)) {
      Long value = set.lookup(name, abi);
      if (value != null && (value & choice.ref().mask()) == value && !covered.contains(value)) {
        without.add(name);
      }
    }
    if (!without.isEmpty()) {
      lacks.add(where + "[" + String.join(",", without) + "]");
    }
  }

  private static boolean bare(TypeExpr.Core core) {
    return core instanceof TypeExpr.Named named && BARE.contains(named.name());
  }

  private List<String> names(String[] constants, @Nullable FlagSet set) {
    List<String> names = new ArrayList<>();
    for (String constant : constants) {
      Long value = SignatureParser.number(constant);
      String name = value == null || set == null ? null : set.nameOf(value, abi);
      names.add(name == null ? constant : name);
    }
    return names;
  }

  /** The set of values that an argument or field has, or null if it is none of a few. */
  private static @Nullable FlagSet set(
      TypeExpr.Ref ref, @Nullable Signature signature, @Nullable StructLayout layout) {
    TypeExpr.Core core = null;
    if (signature != null) {
      for (Signature.Param param : signature.params()) {
        core = param.name().equals(ref.name()) ? param.type().core() : core;
      }
    }
    if (layout != null) {
      for (StructLayout.Field field : layout.fields()) {
        core = field.name().equals(ref.name()) ? field.type().core() : core;
      }
    }
    boolean values =
        core instanceof TypeExpr.Named named
            && (named.name().startsWith("enum")
                || named.name().equals("noted")
                || named.name().equals("flags") && ref.mask() == Integer.MAX_VALUE);
    return values ? FlagSets.get(((TypeExpr.Named) core).params()[0]) : null;
  }

  /** The commands of ioctl(2), by type byte. */
  Map<Integer, Ioctls> ioctls() {
    Map<Integer, Ioctls> families = new TreeMap<>();
    for (int type = 0; type < 256; type++) {
      String hex = (type < 16 ? "0" : "") + Integer.toHexString(type);
      byte[] bytes = TableFile.bytesOrNull("ioctl/" + hex + ".flags");
      if (bytes == null) {
        continue;
      }
      int named = 0;
      int decoded = 0;
      int none = 0;
      List<String> opaque = new ArrayList<>();
      for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n")) {
        String name = line.trim().split("\\s+")[0];
        if (name.isEmpty() || name.charAt(0) == '#' || name.charAt(0) == '!') {
          continue;
        }
        named++;
        String text = IoctlArguments.byName(type, name);
        if (text == null) {
          none++;
          continue;
        }
        List<String> lacks = new ArrayList<>();
        visit(SignatureParser.parseType(text).core(), null, null, name, lacks);
        if (lacks.isEmpty()) {
          decoded++;
        } else {
          opaque.add(name);
        }
      }
      families.put(type, new Ioctls(named, decoded, none, opaque));
    }
    return families;
  }

  /** Prints the report; {@code -v} also the commands of ioctl(2) that show an address. */
  public static void main(String[] arguments) {
    boolean verbose = arguments.length > 0 && arguments[0].equals("-v");
    Map<String, String> reasons = reasons();
    Map<String, String> lines = new TreeMap<>();
    System.out.println("System calls    all  decoded  partly  raw");
    for (Abi abi : Abi.inTables()) {
      List<Row> rows = new Coverage(abi).rows();
      int[] counts = new int[Degree.values().length];
      for (Row row : rows) {
        counts[row.degree.ordinal()]++;
        if (row.degree != Degree.DECODED) {
          String what = row.degree == Degree.RAW ? "raw" : String.join(" ", row.missing);
          String reason = reasons.getOrDefault(row.syscall.name(), "");
          lines.putIfAbsent(
              (row.degree == Degree.RAW ? "2" : "1") + row.syscall.name(), what + "\n" + reason);
        }
      }
      System.out.printf(
          "%-12s %6d %8d %7d %4d%n", abi.tableName(), rows.size(), counts[0], counts[1], counts[2]);
    }
    String[] heads = {"Partly decoded, and what is not:", "Raw:"};
    for (int degree = 1; degree <= 2; degree++) {
      System.out.println("\n" + heads[degree - 1]);
      for (Map.Entry<String, String> line : lines.entrySet()) {
        if (line.getKey().charAt(0) == '0' + degree) {
          String[] parts = line.getValue().split("\n", -1);
          System.out.println(
              "  " + line.getKey().substring(1) + (degree == 1 ? ": " + parts[0] : ""));
          System.out.println("      " + parts[1]);
        }
      }
    }
    printIoctls(new Coverage(Abi.X86_64).ioctls(), verbose);
  }

  private static void printIoctls(Map<Integer, Ioctls> families, boolean verbose) {
    int named = 0;
    int decoded = 0;
    int none = 0;
    int opaque = 0;
    for (Ioctls family : families.values()) {
      named += family.named;
      decoded += family.decoded;
      none += family.none;
      opaque += family.opaque.size();
    }
    System.out.println("\nCommands of ioctl(2), all named");
    System.out.printf("  %5d with their argument decoded%n", decoded);
    System.out.printf("  %5d with a number as their argument%n", none);
    System.out.printf("  %5d with the address of what is not decoded%n", opaque);
    System.out.printf("  %5d together%n", named);
    if (verbose) {
      for (Map.Entry<Integer, Ioctls> family : families.entrySet()) {
        if (!family.getValue().opaque.isEmpty()) {
          System.out.printf(
              "  0x%02x: %s%n", family.getKey(), String.join(" ", family.getValue().opaque));
        }
      }
    }
  }
}
