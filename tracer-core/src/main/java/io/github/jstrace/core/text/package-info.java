// SPDX-License-Identifier: Apache-2.0
/**
 * strace's text: values, lines and their layout, byte for byte. Nothing here reads a tracee or
 * knows what a call means.
 */
@NullMarked
package io.github.jstrace.core.text;

import org.jspecify.annotations.NullMarked;
