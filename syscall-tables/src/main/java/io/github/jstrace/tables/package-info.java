// SPDX-License-Identifier: Apache-2.0

/**
 * What Linux calls things: ABIs, system calls, flag sets, struct layouts, error and signal names,
 * as data files with small readers. No native calls and no printing here.
 */
@NullMarked
package io.github.jstrace.tables;

import org.jspecify.annotations.NullMarked;
