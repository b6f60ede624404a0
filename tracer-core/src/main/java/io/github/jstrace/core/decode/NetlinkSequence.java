// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * Elements one behind the other, each of which begins with its own length in 16 bits and is padded
 * to a multiple of four: {@code struct nlattr} (netlink(7)), {@code struct rtnexthop}.
 */
abstract class NetlinkSequence extends NetlinkPayload {
  private final int header;

  /** {@code header} is how many bytes of an element there must be to show more than bytes. */
  NetlinkSequence(int header) {
    this.header = header;
  }

  /**
   * One element, whose header could be read.
   *
   * @param length how many bytes there are of it, the header among them; less than that if it
   *     claims so
   * @param claimed how many it claims to have
   */
  abstract Value element(NetlinkBuffer b, int at, int length, int claimed);

  @Override
  final Value payload(NetlinkBuffer b, int at, int length) {
    if (length < header || !b.descend()) {
      return b.hex(at, length);
    }
    Value shown = walk(b, at, at + length);
    b.ascend();
    return shown;
  }

  private Value walk(NetlinkBuffer b, int at, int end) {
    List<Value> items = new ArrayList<>();
    int next = at;
    while (true) {
      if (items.size() >= b.maxElements()) {
        return new Value.Arr(items.toArray(new Value[0]), true);
      }
      int room = end - next;
      if (room < header) {
        items.add(b.hex(next, room));
        break;
      }
      if (!b.has(next, header)) {
        if (items.isEmpty()) {
          return b.missing(next);
        }
        items.add(b.missingRest(next));
        break;
      }
      int claimed = b.view().u16(next);
      items.add(element(b, next, Math.min(claimed, room), claimed));
      int step = (claimed + 3) & ~3;
      if (claimed < header || step >= room) {
        break;
      }
      next += step;
    }
    return items.size() == 1 ? items.get(0) : Value.array(items.toArray(new Value[0]));
  }
}
