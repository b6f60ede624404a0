// SPDX-License-Identifier: Apache-2.0
/** JMH benchmarks of what jstrace does with an event. Nothing that jstrace needs may live here. */
@NullMarked
package io.github.jstrace.benchmarks;

import org.jspecify.annotations.NullMarked;
