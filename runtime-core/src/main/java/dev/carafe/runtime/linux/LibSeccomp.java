package dev.carafe.runtime.linux;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * libseccomp 2.5 (seccomp.h), loaded once. Filters of one instance may be built in several threads,
 * each filter in one.
 */
public final class LibSeccomp {
  /** The library's file name as the dynamic linker knows it. */
  public static final String FILE = "libseccomp.so.2";

  private static final List<String> DIRECTORIES =
      List.of(
          "/usr/lib/x86_64-linux-gnu",
          "/lib/x86_64-linux-gnu",
          "/usr/lib/aarch64-linux-gnu",
          "/usr/lib64",
          "/usr/lib",
          "/lib64",
          "/lib");

  private final SeccompFunctions functions;

  private LibSeccomp(SeccompFunctions functions) {
    this.functions = functions;
  }

  private static final class Loaded {
    static final LibSeccomp INSTANCE =
        new LibSeccomp(
            Native.load(
                SeccompFunctions.class,
                Objects.requireNonNullElse(locate(), Path.of(FILE)).toString()));
  }

  /**
   * The library.
   *
   * @throws MissingLibraryException when it is not installed
   */
  public static LibSeccomp get() {
    if (locate() == null) {
      throw new MissingLibraryException(
          FILE, new IOException("not found; install libseccomp 2.5 (Debian: libseccomp2)"));
    }
    return Loaded.INSTANCE;
  }

  /**
   * The library's real file, whose name ends in its version, found without loading it; null when
   * there is none.
   */
  public static @Nullable Path locate() {
    Stream<String> own =
        Stream.of(System.getProperty("java.library.path", "").split(File.pathSeparator, -1));
    return Stream.concat(own.filter(dir -> !dir.isEmpty()), DIRECTORIES.stream())
        .map(dir -> Path.of(dir, FILE))
        .filter(Files::isRegularFile)
        .map(LibSeccomp::real)
        .findFirst()
        .orElse(null);
  }

  private static Path real(Path file) {
    try {
      return file.toRealPath();
    } catch (IOException e) {
      return file;
    }
  }

  /**
   * The architecture token of a name such as {@code x86_64}; 0 for one that the library does not
   * know.
   */
  public int archToken(String name) {
    return functions.seccomp_arch_resolve_name(name);
  }

  /** The token of the machine's own architecture. */
  public int nativeArch() {
    return functions.seccomp_arch_native();
  }

  /**
   * The number of a system call.
   *
   * @return negative: -1 for a name that the library does not know, below it for one that the
   *     architecture does not have
   */
  public int resolve(int arch, String name) {
    return functions.seccomp_syscall_resolve_name_arch(arch, name);
  }

  /**
   * A new filter for the native architecture, with this action (SECCOMP_RET_* and data) for what no
   * rule names.
   */
  public Filter filter(int defaultAction) {
    long context = functions.seccomp_init(defaultAction);
    if (context == 0) {
      throw new LinuxException("make a seccomp filter", Errno.EINVAL.number());
    }
    return new Filter(context);
  }

  /**
   * A condition on one argument.
   *
   * @param index 0 to 5
   * @param operator SCMP_CMP_NE 1, LT 2, LE 3, EQ 4, GE 5, GT 6, MASKED_EQ 7
   * @param a operand, or the mask
   * @param b the masked value of MASKED_EQ
   */
  public record Comparison(int index, int operator, long a, long b) {}

  /** A filter under construction; freed by close. */
  public final class Filter implements AutoCloseable {
    private static final int OPTIMIZE = 8;
    private static final int COMPARISON_BYTES = 24;

    private final long context;

    private Filter(long context) {
      this.context = context;
    }

    /** Makes the rules hold for one more architecture; one that is in already is fine. */
    public void addArch(int arch) {
      int result = functions.seccomp_arch_add(context, arch);
      if (result != -Errno.EEXIST.number()) {
        check(result, "add the architecture 0x" + Integer.toHexString(arch));
      }
    }

    /** Makes the program a binary tree by number instead of a chain. */
    public void optimize() {
      check(functions.seccomp_attr_set(context, OPTIMIZE, 2), "set the optimization level");
    }

    /**
     * Adds a rule for all architectures of the filter.
     *
     * @param action SECCOMP_RET_* and data
     * @param syscall the native number, or the library's negative number for a call of another
     *     architecture
     * @param all conditions, all of which must hold; each index at most once
     */
    public void addRule(int action, int syscall, List<Comparison> all) {
      ByteBuffer array =
          ByteBuffer.allocate(Math.max(1, all.size()) * COMPARISON_BYTES)
              .order(ByteOrder.nativeOrder());
      for (Comparison one : all) {
        array.putInt(one.index()).putInt(one.operator()).putLong(one.a()).putLong(one.b());
      }
      check(
          functions.seccomp_rule_add_array(context, action, syscall, all.size(), array.array()),
          "add a rule for system call " + syscall);
    }

    /** The program, an array of struct sock_filter. */
    public byte[] export() {
      int fd =
          (int) Native.call(() -> functions.memfd_create("seccomp", 1)).orThrow("make a memfd");
      try {
        check(functions.seccomp_export_bpf(context, fd), "export the program");
        return Files.readAllBytes(Path.of("/proc/self/fd/" + fd));
      } catch (IOException e) {
        throw new java.io.UncheckedIOException("cannot read the exported seccomp program", e);
      } finally {
        Native.call(() -> functions.close(fd)).orThrow("close a memfd");
      }
    }

    private static void check(int result, String what) {
      if (result < 0) {
        throw new LinuxException(what + " in libseccomp", -result);
      }
    }

    @Override
    public void close() {
      functions.seccomp_release(context);
    }
  }
}
