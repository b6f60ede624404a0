// SPDX-License-Identifier: Apache-2.0
/**
 * The tree that a decoded argument is, whatever shows it later. No rendering here, and no reading
 * of memory.
 */
@NullMarked
package io.github.jstrace.core.value;

import org.jspecify.annotations.NullMarked;
