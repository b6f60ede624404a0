// SPDX-License-Identifier: Apache-2.0
/**
 * Counts calls, errors and times ({@code -c}, {@code --latency}) and shows them as tables. Nothing
 * here looks at arguments, and counting allocates nothing per event.
 */
@NullMarked
package io.github.jstrace.core.summary;

import org.jspecify.annotations.NullMarked;
