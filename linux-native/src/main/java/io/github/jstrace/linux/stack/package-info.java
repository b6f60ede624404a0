// SPDX-License-Identifier: Apache-2.0
/**
 * Stack traces of tracees through libunwind and libdw, which are loaded when asked for. Nothing
 * here is needed by a run without stack traces.
 */
@NullMarked
package io.github.jstrace.linux.stack;

import org.jspecify.annotations.NullMarked;
