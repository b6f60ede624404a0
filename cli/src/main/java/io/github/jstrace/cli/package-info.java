// SPDX-License-Identifier: Apache-2.0

/**
 * The command line: options, messages, exit status. Nothing that a user of the library would want
 * too belongs here.
 */
@NullMarked
package io.github.jstrace.cli;

import org.jspecify.annotations.NullMarked;
