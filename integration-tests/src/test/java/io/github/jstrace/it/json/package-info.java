// SPDX-License-Identifier: Apache-2.0
/**
 * Tests of what {@code --json} writes for real programs: against the schema, and as the
 * documentation uses it. How single values are written is tested where that is done.
 */
@NullMarked
package io.github.jstrace.it.json;

import org.jspecify.annotations.NullMarked;
