// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Signature;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.TypeExpr;
import org.jspecify.annotations.Nullable;

/** A row of the tables, ready to decode calls of one ABI. */
final class CallType {
  final Syscall syscall;
  final String[] names;
  final Type[] types;
  final TypeCompiler.@Nullable Condition[] conditions;

  /** Register that the argument begins in. */
  final int[] slots;

  /** How many registers, or words of memory, the arguments take. */
  final int slotCount;

  final boolean[] labelled;
  final boolean indirect;
  final Type result;
  final boolean noReturn;

  CallType(TypeCompiler compiler, Syscall syscall) {
    this.syscall = syscall;
    Signature signature = syscall.signature();
    ArgumentEnv env = new ArgumentEnv(compiler.abi(), signature);
    int count = signature.params().length;
    names = new String[count];
    types = new Type[count];
    conditions = new TypeCompiler.Condition[count];
    slots = new int[count];
    labelled = new boolean[count];
    indirect = signature.indirect();
    int next = 0;
    try {
      for (int i = 0; i < count; i++) {
        Signature.Param param = signature.params()[i];
        names[i] = param.name();
        types[i] = compiler.compile(param.type(), env);
        conditions[i] = compiler.condition(param.type(), env);
        labelled[i] = param.labelled();
        slots[i] = param.slot() >= 0 ? param.slot() : next;
        next = Math.max(next, slots[i] + types[i].slots());
      }
      slotCount = next;
      noReturn = signature.result().core() instanceof TypeExpr.Named n && n.name().equals("none");
      result = compiler.compile(signature.result(), env);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(syscall.name() + ": " + e.getMessage(), e);
    }
  }

  private record ArgumentEnv(Abi abi, Signature signature) implements Env {
    @Override
    public Ref sibling(String name) {
      Signature.Param[] params = signature.params();
      for (int i = 0; i < params.length; i++) {
        if (params[i].name().equals(name)) {
          return Ref.argument(i);
        }
      }
      throw new IllegalArgumentException("no argument " + name);
    }

    @Override
    public @Nullable TypeExpr siblingType(String name) {
      for (Signature.Param param : signature.params()) {
        if (param.name().equals(name)) {
          return param.type();
        }
      }
      return null;
    }
  }
}
