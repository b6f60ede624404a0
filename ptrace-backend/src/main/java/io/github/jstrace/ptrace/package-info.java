// SPDX-License-Identifier: Apache-2.0

/**
 * The ptrace backend: wait status decoding, the state of each tracee, the tracer thread. It
 * delivers events and holds no output format and no decoding of arguments.
 */
@NullMarked
package io.github.jstrace.ptrace;

import org.jspecify.annotations.NullMarked;
