// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** Types written in Java for sockets, addresses, messages and socket options. */
final class NetTypes {
  private NetTypes() {}

  static @Nullable Type create(
      TypeCompiler compiler, String name, String[] params, Direction direction, Env env) {
    Abi abi = compiler.abi();
    switch (name) {
      case "socket_type":
        return new SocketTypes.SocketType(abi);
      case "socket_protocol":
        return new SocketTypes.Protocol(abi, env.ref(params[0]));
      case "socket_fd":
        return new SocketTypes.Made(abi, env.ref(params[0]), env.ref(params[1]));
      case "sockaddr":
        return new SocketTypes.AddressIn(abi, env.ref(params[0]));
      case "sockaddr_out":
        return new SocketTypes.AddressOut(abi, env.ref(params[0]));
      case "socklen_inout":
        return new SocketTypes.LengthInOut(abi);
      case "sockopt_level_name":
        return new SocketTypes.OptionName(abi, env.ref(params[0]), params.length > 1);
      case "iovec_in":
        return new IovecTypes.In(abi, env.ref(params[0]), IovecTypes.STRINGS);
      case "iovec_addr":
        return new IovecTypes.In(abi, env.ref(params[0]), IovecTypes.ADDRESSES);
      case "iovec_out":
        return new IovecTypes.Out(abi, env.ref(params[0]));
      case "sockopt_in":
        return new SocketOptions.In(
            compiler, env.ref(params[0]), env.ref(params[1]), env.ref(params[2]));
      case "sockopt_out":
        return new SocketOptions.Out(
            compiler, env.ref(params[0]), env.ref(params[1]), env.ref(params[2]));
      case "sockbuf_in":
        return new SocketBuffers.Buffer(
            compiler, env.ref(params[0]), env.ref(params[1]), null, Direction.IN);
      case "sockbuf_out":
        return new SocketBuffers.Buffer(
            compiler, env.ref(params[0]), env.ref(params[1]), env.ref(params[2]), Direction.OUT);
      case "msghdr":
        return new MessageTypes.Header(compiler, env.ref(params[0]), direction);
      case "mmsghdr_vec":
        return new MessageTypes.Vector(compiler, env.ref(params[0]), env.ref(params[1]), direction);
      case "recvmmsg_timeout":
        return new MessageTypes.Timeout(compiler, params[0]);
      case "recvmmsg_ret":
        return new MessageTypes.ReceivedCount(compiler, env.ref(params[0]), params[1]);
      default:
        return NetlinkTypes.create(compiler, name, params, env);
    }
  }
}
