// SPDX-License-Identifier: Apache-2.0
/**
 * Compares the tables with the installed kernel headers and with the installed strace. A test that
 * needs gcc, strace or cross headers is skipped without them, saying so.
 */
@NullMarked
package io.github.jstrace.tables;

import org.jspecify.annotations.NullMarked;
