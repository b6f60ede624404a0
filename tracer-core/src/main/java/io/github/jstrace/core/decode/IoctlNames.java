// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.tables.Abi;
import org.jspecify.annotations.Nullable;

/** Commands of ioctl(2) that have a size or a number in them, as the macros that make them. */
final class IoctlNames {
  static final String[] DIRECTIONS = {
    "_IOC_NONE", "_IOC_WRITE", "_IOC_READ", "_IOC_READ|_IOC_WRITE"
  };

  private static final int WRITE = 1;
  private static final int READ = 2;
  private static final int READ_WRITE = 3;

  private IoctlNames() {}

  /** {@code EVIOCGNAME(256)}, or null if the command is none of them. */
  static @Nullable String name(int command, Abi abi) {
    int direction = command >>> 30;
    int number = command & 0xff;
    int size = command >>> 16 & 0x3fff;
    switch (command >>> 8 & 0xff) {
      case 'E':
        return input(direction, number, size, abi);
      case 'H':
        return sized(hid(direction, number), size);
      case 'M':
        return direction == READ
            ? sized("MIXER_READ", number)
            : sized(direction == WRITE ? "MIXER_WRITE" : null, number);
      case 'U':
        return sized(direction == READ && number == 44 ? "UI_GET_SYSNAME" : null, size);
      case 'j':
        return sized(direction == READ && number == 0x13 ? "JSIOCGNAME" : null, size);
      case 'k':
        return sized(direction == WRITE && number == 0 ? "SPI_IOC_MESSAGE" : null, size);
      default:
        return null;
    }
  }

  /**
   * The type of the argument of a command whose number holds its size, in the language of the
   * tables; null if it is not decoded.
   */
  static @Nullable String type(int command) {
    int number = command & 0xff;
    int size = command >>> 16 & 0x3fff;
    switch (command >>> 8 & 0xff | (command >>> 30) << 8) {
      case READ << 8 | 'E':
        return number >= 0x40 && number < 0x80
            ? "out input_absinfo<" + size + ">"
            : bits(number, size);
      case WRITE << 8 | 'E':
        return number >= 0xc0 ? "input_absinfo<" + size + ">" : null;
      case READ << 8 | 'H':
        return number == 4 || number == 5 || number == 8 ? "out bytes<ret>" : null;
      case READ << 8 | 'U':
        return number == 44 ? "out bytes<ret>" : null;
      case READ << 8 | 'j':
        return number == 0x13 ? "out bytes<ret>" : null;
      default:
        return null;
    }
  }

  private static @Nullable String bits(int number, int size) {
    switch (number) {
      case 6:
      case 7:
      case 8:
        return "out bytes<ret>";
      case 9:
        return "out input_bits<input_prop,32>";
      case 10:
        return "out input_slots<" + size + ">";
      case 0x18:
      case 0x21:
        return "out input_bits<input_key,768>";
      case 0x19:
      case 0x31:
        return "out input_bits<input_led,16>";
      case 0x1a:
      case 0x32:
        return "out input_bits<input_snd,8>";
      case 0x1b:
      case 0x25:
        return "out input_bits<input_sw,17>";
      case 0x20:
        return "out input_bits<input_event,32>";
      case 0x22:
        return "out input_bits<input_rel,16>";
      case 0x23:
        return "out input_bits<input_abs,64>";
      case 0x24:
        return "out input_bits<input_msc,8>";
      case 0x35:
        return "out input_bits<input_ff,128>";
      case 0x36:
        return "out *int";
      default:
        return number >= 0x20 && number < 0x40 ? "addr" : null;
    }
  }

  private static @Nullable String sized(@Nullable String name, int size) {
    return name == null ? null : name + "(" + size + ")";
  }

  private static @Nullable String hid(int direction, int number) {
    if (direction == READ || direction == READ_WRITE) {
      switch (number) {
        case 4:
          return direction == READ ? "HIDIOCGRAWNAME" : null;
        case 5:
          return direction == READ ? "HIDIOCGRAWPHYS" : null;
        case 6:
          return "HIDIOCSFEATURE";
        case 7:
          return direction == READ_WRITE ? "HIDIOCGFEATURE" : null;
        case 8:
          return direction == READ ? "HIDIOCGRAWUNIQ" : null;
        case 0x12:
          return direction == READ ? "HIDIOCGPHYS" : null;
        default:
          return null;
      }
    }
    return null;
  }

  /** linux/input.h. */
  private static @Nullable String input(int direction, int number, int size, Abi abi) {
    if (direction == WRITE && number >= 0xc0) {
      return "EVIOCSABS(" + constant("input_abs", number & 0x3f, "ABS_???", abi) + ")";
    }
    if (direction != READ) {
      return null;
    }
    if (number >= 0x20 && number < 0x40) {
      String type = number == 0x20 ? "0" : constant("input_event", number & 0x1f, "EV_???", abi);
      return "EVIOCGBIT(" + type + ", " + size + ")";
    }
    if (number >= 0x40 && number < 0x80) {
      return "EVIOCGABS(" + constant("input_abs", number & 0x3f, "ABS_???", abi) + ")";
    }
    switch (number) {
      case 6:
        return sized("EVIOCGNAME", size);
      case 7:
        return sized("EVIOCGPHYS", size);
      case 8:
        return sized("EVIOCGUNIQ", size);
      case 9:
        return sized("EVIOCGPROP", size);
      case 10:
        return sized("EVIOCGMTSLOTS", size);
      case 0x18:
        return sized("EVIOCGKEY", size);
      case 0x19:
        return sized("EVIOCGLED", size);
      case 0x1a:
        return sized("EVIOCGSND", size);
      case 0x1b:
        return sized("EVIOCGSW", size);
      default:
        return null;
    }
  }

  private static String constant(String set, int value, String unknown, Abi abi) {
    String name = Sets.get(set).nameOf(value, abi);
    return name == null ? "0x" + Integer.toHexString(value) + " /* " + unknown + " */" : name;
  }
}
