// SPDX-License-Identifier: Apache-2.0

/** The BPF ring buffer, mapped and read in Java. What the records mean must not live here. */
@NullMarked
package io.github.jstrace.ebpf.ring;

import org.jspecify.annotations.NullMarked;
