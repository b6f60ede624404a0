// SPDX-License-Identifier: Apache-2.0

/**
 * Tests of the shell script that starts jstrace, with a program in the place of Java that tells
 * what it was given. What jstrace then makes of it is tested elsewhere.
 */
@NullMarked
package io.github.jstrace.it.launcher;

import org.jspecify.annotations.NullMarked;
