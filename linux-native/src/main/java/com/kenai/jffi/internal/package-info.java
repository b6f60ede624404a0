// SPDX-License-Identifier: Apache-2.0
/** A replacement of a class of jffi, for the sake of start-up. Nothing else must live here. */
@NullMarked
package com.kenai.jffi.internal;

import org.jspecify.annotations.NullMarked;
