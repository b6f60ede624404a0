// SPDX-License-Identifier: Apache-2.0

/**
 * Which calls, signals and results are shown, and the grammar in which {@code -e} says so. No
 * decoding and no output here.
 */
@NullMarked
package io.github.jstrace.core.filter;

import org.jspecify.annotations.NullMarked;
