// SPDX-License-Identifier: Apache-2.0
/** Tests that the documents say what is so. Nothing here that tests what no document says. */
@NullMarked
package io.github.jstrace.it.docs;

import org.jspecify.annotations.NullMarked;
