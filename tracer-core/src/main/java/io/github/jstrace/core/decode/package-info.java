// SPDX-License-Identifier: Apache-2.0
/**
 * From registers and memory to {@link io.github.jstrace.core.value.Value} trees: the engine that
 * walks the tables, and one class per subsystem for what tables cannot say. No printing here, and
 * no native calls.
 */
@NullMarked
package io.github.jstrace.core.decode;

import org.jspecify.annotations.NullMarked;
