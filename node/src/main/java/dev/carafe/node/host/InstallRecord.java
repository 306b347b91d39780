package dev.carafe.node.host;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the installer is doing or did last; on the host's disk, for it may be killed by what it
 * does.
 *
 * @param build that is or was to be installed
 * @param previous the build before it; null for none
 * @param retry as in {@link HostSettings#retry}, of this attempt
 * @param outcome how far it is
 * @param step the step that is being done, or failed
 * @param message the failure's sentence; empty when there is none
 */
record InstallRecord(
    String build,
    @Nullable String previous,
    String retry,
    Outcome outcome,
    String step,
    String message) {
  static final String FILE = "/var/lib/carafe-node/install.json";

  InstallRecord {
    requireNonNull(build, "build is null");
    requireNonNull(retry, "retry is null");
    requireNonNull(outcome, "outcome is null");
    requireNonNull(step, "step is null");
    requireNonNull(message, "message is null");
  }

  /** How far an installation is. */
  enum Outcome {
    /** It was begun. */
    RUNNING,
    /** It failed, and is being undone. */
    UNDOING,
    /** It failed and was undone. */
    FAILED,
    /** It is in use. */
    DONE
  }

  InstallRecord at(String nextStep) {
    return new InstallRecord(build, previous, retry, outcome, nextStep, message);
  }

  InstallRecord ended(Outcome how, String why) {
    return new InstallRecord(build, previous, retry, how, step, why);
  }

  /** Whether this is an attempt at the same thing. */
  boolean isOf(String otherBuild, String otherRetry) {
    return build.equals(otherBuild) && retry.equals(otherRetry);
  }

  /** Reads a host's record; null when nothing was ever installed. */
  static @Nullable InstallRecord read(HostSettings host) throws IOException {
    Path file = host.path(FILE);
    if (!Files.exists(file)) {
      return null;
    }
    try {
      return new ObjectMapper().readValue(Files.readString(file), InstallRecord.class);
    } catch (JsonProcessingException broken) {
      throw new IOException(file + " is no record of an installation; remove it", broken);
    }
  }

  void write(HostSettings host) throws IOException {
    HostFiles.write(host.path(FILE), new ObjectMapper().writeValueAsString(this));
  }
}
