package dev.carafe.runtime.lsm;

import dev.carafe.runtime.linux.KernelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * AppArmor on this machine: which profiles are loaded, and loading the one that containers get by
 * default. Thread-safe.
 *
 * @param parameters the module's parameters in sysfs
 * @param directory its directory in securityfs
 * @param parsers where apparmor_parser may be, the first one that exists is used
 */
public record AppArmor(Path parameters, Path directory, List<Path> parsers) {
  /** The profile of containers that ask for none of their own. */
  public static final String DEFAULT_PROFILE = "carafe-default";

  private static final String TEXT = "carafe-default.apparmor";
  private static final long SECONDS = 60;

  public AppArmor {
    Objects.requireNonNull(parameters, "parameters");
    Objects.requireNonNull(directory, "directory");
    parsers = List.copyOf(parsers);
  }

  /** The running kernel's. */
  public static AppArmor ofKernel() {
    return new AppArmor(
        Path.of("/sys/module/apparmor/parameters"),
        Path.of("/sys/kernel/security/apparmor"),
        List.of(Path.of("/usr/sbin/apparmor_parser"), Path.of("/sbin/apparmor_parser")));
  }

  /** Whether the kernel confines by AppArmor. */
  public boolean enabled() {
    Path enabled = parameters.resolve("enabled");
    try {
      return KernelFiles.read(enabled).startsWith("Y");
    } catch (NoSuchFileException none) {
      return false;
    } catch (IOException e) {
      throw new LsmException("cannot read " + enabled + ": " + e.getMessage(), e);
    }
  }

  /**
   * Whether a profile of this name is loaded, in whatever mode.
   *
   * @throws LsmException when securityfs can't be read
   */
  public boolean loaded(String profile) {
    Path profiles = directory.resolve("profiles");
    try {
      return KernelFiles.lines(profiles).stream().anyMatch(line -> line.startsWith(profile + " ("));
    } catch (IOException e) {
      throw new LsmException(
          "cannot read the loaded AppArmor profiles from %s: %s; expected securityfs mounted on /sys/kernel/security"
              .formatted(profiles, e.getMessage()),
          e);
    }
  }

  /**
   * Loads {@link #DEFAULT_PROFILE}, or replaces it, for the containers that run under it too.
   *
   * @throws LsmException when there is no apparmor_parser, or it refuses
   */
  public void loadDefault() throws InterruptedException {
    Path parser =
        parsers.stream()
            .filter(Files::isExecutable)
            .findFirst()
            .orElseThrow(() ->
                new LsmException(
                    "cannot load the AppArmor profile %s: none of %s is there; install Debian's package apparmor"
                        .formatted(DEFAULT_PROFILE, parsers),
                    null));
    try {
      run(parser);
    } catch (IOException e) {
      throw new LsmException("cannot run " + parser + ": " + e.getMessage(), e);
    }
  }

  private static void run(Path parser) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(parser.toString(), "--replace", "--skip-cache")
            .redirectErrorStream(true)
            .start();
    try (OutputStream input = process.getOutputStream()) {
      input.write(text());
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new LsmException(
          "%s refused the AppArmor profile %s: %s"
              .formatted(parser, DEFAULT_PROFILE, said.strip().replace('\n', ' ')),
          null);
    }
  }

  /** The profile's text, in AppArmor's language. */
  static byte[] text() throws IOException {
    try (InputStream in = Objects.requireNonNull(AppArmor.class.getResourceAsStream(TEXT), TEXT)) {
      return in.readAllBytes();
    }
  }
}
