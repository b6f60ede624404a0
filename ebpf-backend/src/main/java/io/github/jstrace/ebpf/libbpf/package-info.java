// SPDX-License-Identifier: Apache-2.0

/**
 * Bindings of libbpf (1.0 or later), with maps, loaded programs and links as objects to close, and
 * look-ups in the kernel's type information (BTF). What the programs do must not live here.
 */
@NullMarked
package io.github.jstrace.ebpf.libbpf;

import org.jspecify.annotations.NullMarked;
