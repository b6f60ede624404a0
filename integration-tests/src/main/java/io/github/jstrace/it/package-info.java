// SPDX-License-Identifier: Apache-2.0

/**
 * What the integration tests share: running commands and comparing what two tracers print. Nothing
 * here is shipped.
 */
@NullMarked
package io.github.jstrace.it;

import org.jspecify.annotations.NullMarked;
