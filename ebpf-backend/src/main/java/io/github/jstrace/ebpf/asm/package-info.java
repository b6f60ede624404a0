// SPDX-License-Identifier: Apache-2.0

/**
 * BPF machine code: registers, instructions, labels, maps and helpers as specifications, and their
 * text. Nothing here talks to the kernel or knows what a program is for.
 */
@NullMarked
package io.github.jstrace.ebpf.asm;

import org.jspecify.annotations.NullMarked;
