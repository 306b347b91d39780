package dev.carafe.runtime.seccomp;

import dev.carafe.runtime.linux.LibSeccomp;
import dev.carafe.runtime.spec.Seccomp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Compiled programs, in memory and in a directory, by the digest of profile, library version and
 * compiler version. Each profile is compiled once. A hit loads no native library. Thread-safe;
 * processes may share the directory.
 */
public final class SeccompCache {
  private static final int DIGEST_CHARS = 64;

  private final Path dir;
  private final Function<Seccomp, SeccompProgram> compiler;
  private final Map<String, SeccompProgram> programs = new ConcurrentHashMap<>();

  /**
   * A cache.
   *
   * @param dir made when missing; only root may write it, for programs in it are trusted
   * @param compiler for what is not there, {@code new SeccompCompiler()::compile}
   */
  public SeccompCache(Path dir, Function<Seccomp, SeccompProgram> compiler) {
    this.dir = Objects.requireNonNull(dir, "dir");
    this.compiler = Objects.requireNonNull(compiler, "compiler");
  }

  /**
   * The program of a profile.
   *
   * @throws SeccompException when it is not in the cache and can't be compiled
   */
  public SeccompProgram get(Seccomp profile) {
    String key = ProfileDigest.of(profile, compilerIdentity());
    return programs.computeIfAbsent(key, k -> readOrCompile(k, profile));
  }

  private SeccompProgram readOrCompile(String key, Seccomp profile) {
    Path file = dir.resolve(key + ".bpf");
    byte[] filter = readValid(file);
    if (filter != null) {
      return new SeccompProgram(SeccompCompiler.flags(profile), filter);
    }
    SeccompProgram program = compiler.apply(profile);
    write(file, program.filter());
    return program;
  }

  /** A file is the digest of the program, then the program; what does not fit is compiled anew. */
  private static byte @Nullable [] readValid(Path file) {
    try {
      byte[] content = Files.readAllBytes(file);
      if (content.length <= DIGEST_CHARS) {
        return null;
      }
      byte[] filter = Arrays.copyOfRange(content, DIGEST_CHARS, content.length);
      String digest = new String(content, 0, DIGEST_CHARS, StandardCharsets.US_ASCII);
      return digest.equals(ProfileDigest.sha256(filter)) ? filter : null;
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the seccomp cache file " + file, e);
    }
  }

  private void write(Path file, byte[] filter) {
    try {
      Files.createDirectories(dir);
      Path temporary = Files.createTempFile(dir, "new", ".tmp");
      byte[] digest = ProfileDigest.sha256(filter).getBytes(StandardCharsets.US_ASCII);
      byte[] content = Arrays.copyOf(digest, DIGEST_CHARS + filter.length);
      System.arraycopy(filter, 0, content, DIGEST_CHARS, filter.length);
      Files.write(temporary, content);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the seccomp cache file " + file, e);
    }
  }

  private static String compilerIdentity() {
    Path library = LibSeccomp.locate();
    return SeccompCompiler.VERSION + " " + (library == null ? "none" : library.getFileName());
  }
}
