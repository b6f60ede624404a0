// SPDX-License-Identifier: Apache-2.0

/**
 * The only bindings of libc and the kernel: ptrace, wait4, process_vm_readv, launching a command.
 * Mechanism only: no policy about what is traced or how it is shown.
 */
@NullMarked
package io.github.jstrace.linux;

import org.jspecify.annotations.NullMarked;
