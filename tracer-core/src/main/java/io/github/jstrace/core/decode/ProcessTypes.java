// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** Types written in Java for processes, signals, memory, futexes, time, poll, select and epoll. */
final class ProcessTypes {
  private ProcessTypes() {}

  static @Nullable Type create(
      TypeCompiler compiler, String name, String[] params, Direction direction, Env env) {
    Abi abi = compiler.abi();
    switch (name) {
      case "argv":
        return new ExecTypes.Argv(abi);
      case "envp":
        return new ExecTypes.Envp(abi);
      case "sigset":
        return new SignalTypes.Sigset(abi, env.ref(params[0]), 8, direction);
      case "sigaction":
        return new SignalTypes.Sigaction(abi, false, direction);
      case "siginfo":
        return new Siginfo(abi, direction);
      case "wait_status":
        return new WaitStatusType(abi);
      case "pollfds":
        return new PollTypes.Pollfds(abi, env.ref(params[0]));
      default:
        return null;
    }
  }
}
