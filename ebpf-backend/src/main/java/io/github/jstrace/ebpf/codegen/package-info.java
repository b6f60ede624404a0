// SPDX-License-Identifier: Apache-2.0
/**
 * The programs that run in the kernel, put together for what a run asks for, and the maps they
 * share with user space; idioms that please the verifier live here and nowhere else. No loading, no
 * reading of maps.
 */
@NullMarked
package io.github.jstrace.ebpf.codegen;

import org.jspecify.annotations.NullMarked;
