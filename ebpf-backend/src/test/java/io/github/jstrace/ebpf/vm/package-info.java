// SPDX-License-Identifier: Apache-2.0

/**
 * A machine that runs assembled programs in unit tests, with memory, maps, helpers and tasks of its
 * own, stricter than the kernel. It decodes instructions by itself: nothing here may lean on the
 * assembler's idea of them.
 */
@NullMarked
package io.github.jstrace.ebpf.vm;

import org.jspecify.annotations.NullMarked;
