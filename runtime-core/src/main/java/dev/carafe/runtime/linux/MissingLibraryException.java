package dev.carafe.runtime.linux;

/** A shared library that is not installed where the dynamic linker or jnr-ffi looks. */
public final class MissingLibraryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param library the file name, such as {@code libseccomp.so.2}
   * @param cause what the loader said
   */
  public MissingLibraryException(String library, Throwable cause) {
    super("cannot load " + library + ": " + cause.getMessage(), cause);
  }
}
