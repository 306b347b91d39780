package dev.carafe.runtime.cli;

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
 * @param json the same as it was read; do not change
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Bundle(Path path, Spec spec, byte[] json) {
  Bundle {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(spec, "spec");
  }

  /**
   * Reads a bundle.
   *
   * @param directory as given; empty is the current directory
   */
  static Bundle read(Session session, String directory) throws Failure, IOException, SpecException {
    Path path = session.caller().resolve(directory);
    if (!Files.isDirectory(path)) {
      throw new Failure("chdir " + directory + ": no such file or directory");
    }
    try {
      byte[] json = Files.readAllBytes(path.resolve("config.json"));
      Spec spec = SpecReader.parse(json);
      if (session.settings().identity().uid() != 0) {
        SpecValidator.checkRootless(spec);
      }
      SpecValidator.check(spec);
      return new Bundle(path, spec, json);
    } catch (NoSuchFileException e) {
      throw new Failure("JSON specification file config.json not found");
    }
  }

  /** The root directory, absolute. */
  Path rootfs() {
    Root root = Objects.requireNonNull(spec.root(), "a valid configuration has a root");
    return path.resolve(root.path()).normalize();
  }
}
