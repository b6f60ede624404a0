// SPDX-License-Identifier: Apache-2.0
/**
 * Where decoded events go, and the handler that filters and decodes them on their way. No decoding
 * of arguments here.
 */
@NullMarked
package io.github.jstrace.core.sink;

import org.jspecify.annotations.NullMarked;
