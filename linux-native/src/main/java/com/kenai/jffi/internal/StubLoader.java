// SPDX-License-Identifier: Apache-2.0
package com.kenai.jffi.internal;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Takes the place of jffi's class of this name, which finds and loads its native library: that one
 * supports twenty platforms by formatting, regular expressions and logging, and costs a quarter of
 * jstrace's start. This one needs some hundred bytecodes. It is found first because this module's
 * jar precedes jffi's on the class path; in another order all works too, only slower.
 *
 * <p>The library is that of the directory {@code jffi.boot.library.path}, in {@code <arch>-Linux}
 * there or directly; if it has none, the one in jffi's native jar, unpacked to a temporary file for
 * as long as loading takes.
 */
public final class StubLoader {
  private static final String LIBRARY = "libjffi-1.2.so";

  private static boolean loaded;
  private static @Nullable Throwable failureCause;

  static {
    try {
      load();
      loaded = true;
    } catch (IOException | UnsatisfiedLinkError e) {
      failureCause = e;
    }
  }

  private StubLoader() {}

  /** Called by jffi's {@code Init}, by reflection. */
  public static boolean isLoaded() {
    return loaded;
  }

  /** Called by jffi's {@code Init} when nothing was loaded. */
  public static @Nullable Throwable getFailureCause() {
    return failureCause;
  }

  private static void load() throws IOException {
    String arch = System.getProperty("os.arch", "");
    String platform = (arch.equals("amd64") ? "x86_64" : arch) + "-Linux";
    String directory = System.getProperty("jffi.boot.library.path");
    if (directory != null) {
      File library = new File(directory + "/" + platform + "/" + LIBRARY);
      if (!library.exists()) {
        library = new File(directory + "/" + LIBRARY);
      }
      if (library.exists()) {
        System.load(library.getAbsolutePath());
        return;
      }
    }
    unpackAndLoad("/jni/" + platform + "/" + LIBRARY);
  }

  private static void unpackAndLoad(String resource) throws IOException {
    File file;
    try (InputStream in = StubLoader.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException("jffi has no native library for this machine: " + resource);
      }
      file = File.createTempFile("jffi", ".so");
      try (FileOutputStream out = new FileOutputStream(file)) {
        in.transferTo(out);
      }
    }
    try {
      System.load(file.getAbsolutePath());
    } finally {
      file.delete();
    }
  }
}
