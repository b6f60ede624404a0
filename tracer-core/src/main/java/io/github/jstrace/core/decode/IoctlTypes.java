// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Length;
import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSets;
import io.github.jstrace.tables.IoctlArguments;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** ioctl(2): the name of a command, and the type of argument that the tables give it. */
final class IoctlTypes {
  private IoctlTypes() {}

  /** The command: its name, or what {@code _IOC()} (ioctl(2)) packs into it. */
  static final class Command extends ScalarType {
    private final Abi abi;

    Command(Abi abi) {
      super(abi, 4, false, Value.Base.HEX);
      this.abi = abi;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      int command = (int) raw;
      String name = FlagSets.ioctlName(command, abi);
      if (name == null) {
        name = IoctlNames.name(command, abi);
      }
      if (name != null) {
        return Value.name(raw, name);
      }
      int number = command & 0xff;
      int type = command >>> 8 & 0xff;
      int size = command >>> 16 & 0x3fff;
      Value macro =
          new Value.Macro(
              "_IOC",
              new Value.Text(IoctlNames.DIRECTIONS[command >>> 30], command >>> 30),
              Value.hex(type),
              Value.hex(number),
              Value.hex(size));
      return new Value.Coded(Value.hex(raw), macro);
    }
  }

  /** The argument, of the type that {@code ioctl/TT.args} says. */
  static final class Argument extends ChoiceType {
    /** So much is captured for a command that does not say. */
    private static final int UNKNOWN_SIZE = 64;

    private static final int MAX_SIZE = 4096;

    private final TypeCompiler compiler;
    private final Env env;
    private final Type unknown;
    private final Map<Integer, Type> types = new HashMap<>();

    Argument(TypeCompiler compiler, Env env) {
      this.compiler = compiler;
      this.env = env;
      this.unknown = new ScalarType(compiler.abi(), size(), false, Value.Base.HEX);
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      // Most commands tell the size of what they take (ioctl(2), _IOC_SIZE); older ones do not, but
      // take little. What else there is behind an address is copied, too, if it is one.
      Length size = new Length(CapturePlan.Source.REGISTER, 1, 0, 4, 16, 0x3fff, 1, UNKNOWN_SIZE);
      capture.bytes(Phase.ENTRY, at, size, MAX_SIZE);
      capture.bytes(Phase.EXIT, at, size, MAX_SIZE);
    }

    @Override
    Type select(DecodeContext c) {
      // The row has: fd, cmd, arg.
      int command = (int) c.argument(1);
      Type type = types.get(command);
      if (type == null) {
        String text = IoctlArguments.type(command, compiler.abi());
        text = text == null ? IoctlNames.type(command) : text;
        type = text == null ? unknown : compiler.compile(text, env);
        types.put(command, type);
      }
      return type;
    }

    @Override
    long join(long first, long second) {
      return compiler.abi().wordSize() == 4 ? first & 0xffffffffL : first;
    }

    @Override
    int size() {
      return compiler.abi().wordSize();
    }
  }

  /** The result: what {@code ioctl/TT.args} says behind the arrow. */
  static final class Result extends ScalarType {
    private static final String SHOWING = "showing<";

    private final TypeCompiler compiler;
    private final Env env;
    private final Ref command;

    Result(TypeCompiler compiler, Env env, Ref command) {
      super(compiler.abi(), 4, true, Value.Base.DEC);
      this.compiler = compiler;
      this.env = env;
      this.command = command;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      String type = IoctlArguments.result((int) command.get(c), compiler.abi());
      if (type == null) {
        return Value.dec(raw);
      }
      if (!type.startsWith(SHOWING)) {
        return compiler.compile(type, env).decode(c, raw);
      }
      // A part of what the argument points at, behind the number.
      long address = c.argument(2);
      String struct = type.substring(SHOWING.length(), type.length() - 1);
      Value part = address == 0 ? Value.NULL : compiler.requireStruct(struct).decode(c, address);
      if (part instanceof Value.Struct) {
        c.setNote(new Value.Seq(part));
      }
      return Value.dec(raw);
    }
  }
}
