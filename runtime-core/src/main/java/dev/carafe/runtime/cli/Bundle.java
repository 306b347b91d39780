package dev.carafe.runtime.cli;

import dev.carafe.runtime.spec.Hooks;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Root;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.SpecException;
import dev.carafe.runtime.spec.SpecReader;
import dev.carafe.runtime.spec.SpecValidator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A bundle: a directory with config.json.
 *
 * @param path absolute
 * @param spec its configuration, valid
 */
record Bundle(Path path, Spec spec) {
  Bundle {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(spec, "spec");
  }

  /**
   * Reads a bundle.
   *
   * @param directory as given; empty is the current directory
   */
  static Bundle read(String directory) throws Failure, IOException, SpecException {
    Path path = Path.of(directory).toAbsolutePath().normalize();
    if (!Files.isDirectory(path)) {
      throw new Failure("chdir " + directory + ": no such file or directory");
    }
    try {
      Spec spec = SpecReader.read(path.resolve("config.json"));
      SpecValidator.check(spec);
      refuse(spec);
      return new Bundle(path, spec);
    } catch (NoSuchFileException e) {
      throw new Failure("JSON specification file config.json not found");
    }
  }

  /** The root directory, absolute. */
  Path rootfs() {
    Root root = Objects.requireNonNull(spec.root(), "a valid configuration has a root");
    return path.resolve(root.path()).normalize();
  }

  private static void refuse(Spec spec) throws SpecException {
    Hooks hooks = spec.hooks();
    if (hooks != null
        && !(hooks.poststart().isEmpty()
            && hooks.poststop().isEmpty()
            && hooks.prestart().isEmpty()
            && hooks.createRuntime().isEmpty()
            && hooks.createContainer().isEmpty()
            && hooks.startContainer().isEmpty())) {
      throw new SpecException("hooks", "hooks are not supported yet: remove them");
    }
    Linux linux = spec.linux();
    if (linux != null && linux.intelRdt() != null) {
      throw new SpecException("linux.intelRdt", "not supported by the command line yet: remove it");
    }
  }
}
