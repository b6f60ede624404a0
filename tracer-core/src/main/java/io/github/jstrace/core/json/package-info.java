// SPDX-License-Identifier: Apache-2.0
/**
 * Traces and summaries as JSON, one object a line, of the shape that {@code trace.schema.json}
 * describes. Nothing here depends on options of the text, and nothing of it is loaded unless JSON
 * is asked for.
 */
@NullMarked
package io.github.jstrace.core.json;

import org.jspecify.annotations.NullMarked;
