// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core;

/**
 * How the launched command ended.
 *
 * @param code exit status 0 to 255, if {@code signal} is 0
 * @param signal the signal that ended it, or 0
 * @param coreDumped whether the kernel dumped core
 */
public record ExitResult(int code, int signal, boolean coreDumped) {}
