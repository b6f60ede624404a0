// SPDX-License-Identifier: Apache-2.0
/**
 * What a backend reports and to whom: tracees, their memory, and the handler of their events.
 * Nothing here knows how events are obtained or how they are shown.
 */
@NullMarked
package io.github.jstrace.core;

import org.jspecify.annotations.NullMarked;
