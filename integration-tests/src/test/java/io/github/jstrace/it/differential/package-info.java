// SPDX-License-Identifier: Apache-2.0
/**
 * Runs a command under the installed strace and under the tracer being tested and compares what
 * they print. Nothing here knows how jstrace works: it is started as users start it.
 */
@NullMarked
package io.github.jstrace.it.differential;

import org.jspecify.annotations.NullMarked;
