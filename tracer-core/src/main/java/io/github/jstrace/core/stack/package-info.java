// SPDX-License-Identifier: Apache-2.0
/**
 * Stack traces of tracees, as sinks show them. How a stack is walked has no place here: that takes
 * native libraries.
 */
@NullMarked
package io.github.jstrace.core.stack;

import org.jspecify.annotations.NullMarked;
