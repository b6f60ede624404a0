// SPDX-License-Identifier: Apache-2.0
/**
 * A way to jffi's innermost class, which only its own package can see, for the sake of start-up.
 * Nothing else must live here. (Not null-marked, since the rest of the package, in jffi's jar, is
 * not.)
 */
package com.kenai.jffi;
