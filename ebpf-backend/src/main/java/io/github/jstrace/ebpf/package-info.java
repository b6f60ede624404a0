// SPDX-License-Identifier: Apache-2.0

/**
 * The eBPF backend: programs in the kernel that count or record system calls, and what reads them
 * out. Nothing here knows what an argument means or how it is printed.
 */
@NullMarked
package io.github.jstrace.ebpf;

import org.jspecify.annotations.NullMarked;
