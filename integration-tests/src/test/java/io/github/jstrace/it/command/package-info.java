// SPDX-License-Identifier: Apache-2.0

/**
 * The command as a user meets it: messages, outputs, exit status, signals. No checks of decoding.
 */
@NullMarked
package io.github.jstrace.it.command;

import org.jspecify.annotations.NullMarked;
