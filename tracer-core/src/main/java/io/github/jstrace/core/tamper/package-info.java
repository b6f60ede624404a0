// SPDX-License-Identifier: Apache-2.0
/**
 * What is to be done to a tracee beside watching it: faults, signals, delays and bytes for its
 * calls. How a backend does that, and how it is written on a command line, has no place here.
 */
@NullMarked
package io.github.jstrace.core.tamper;

import org.jspecify.annotations.NullMarked;
