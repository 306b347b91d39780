package dev.carafe.runtime.linux;

import java.util.Map;
import java.util.function.LongSupplier;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Runtime;

/**
 * The door to native code. Interfaces of C functions are bound here, once each, and called through
 * {@link #call}, because errno belongs to the carrier thread: whoever logs, locks or waits between
 * the call and the reading of errno reads somebody else's. The interfaces must be public: jnr-ffi
 * implements them in a class loader of its own. Nothing in them is annotated, for each kind of
 * annotation costs a start some ms for a class that the JDK generates: a long is as wide as size_t,
 * and arrays are copied both ways.
 */
public final class Native {
  static {
    // Calls by reflection instead of generated code: 0.3 us more a call, 35 ms and 2.5 MiB less a
    // start.
    System.setProperty("jnr.ffi.asm.enabled", "false");
  }

  private Native() {}

  /**
   * Binds an interface of C functions to the C library.
   *
   * @throws MissingLibraryException when jnr-ffi's own stub can't be loaded
   */
  public static <T> T libc(Class<T> functions) {
    return load(functions, "libc.so.6");
  }

  /**
   * Binds an interface of C functions to a shared library.
   *
   * @param file the file name with its version, such as {@code libseccomp.so.2}, or a path
   * @throws MissingLibraryException when there is no such library
   */
  public static <T> T load(Class<T> functions, String file) {
    try {
      return LibraryLoader.loadLibrary(functions, Map.of(LibraryOption.LoadNow, true), file);
    } catch (UnsatisfiedLinkError e) {
      throw new MissingLibraryException(file, e);
    }
  }

  /** Makes one call of a bound function and takes errno at once. */
  public static SyscallResult call(LongSupplier function) {
    long value = function.getAsLong();
    int errno = value < 0 ? Runtime.getSystemRuntime().getLastError() : 0;
    return new SyscallResult(value, errno);
  }
}
