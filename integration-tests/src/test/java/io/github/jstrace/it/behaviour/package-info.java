// SPDX-License-Identifier: Apache-2.0
/**
 * What users rely on besides the lines: how jstrace ends, what it hands to the command, what it
 * leaves behind, how it stands storms and failures. Comparisons of output are not made here.
 */
@NullMarked
package io.github.jstrace.it.behaviour;

import org.jspecify.annotations.NullMarked;
