// SPDX-License-Identifier: Apache-2.0
/**
 * From the records that programs in the kernel have made to the events of a trace: threads, their
 * calls, and the memory that was captured of them. Needs no privilege and knows neither how records
 * come here nor what arguments mean.
 */
@NullMarked
package io.github.jstrace.ebpf.trace;

import org.jspecify.annotations.NullMarked;
