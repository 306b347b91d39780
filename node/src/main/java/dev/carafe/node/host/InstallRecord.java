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
 * @param mode as in {@link HostSettings#mode}, of this attempt
 * @param retry as in {@link HostSettings#retry}, of this attempt
 * @param previous the build before it; null for none
 * @param previousMode the mode of the build before it; null for none
 * @param outcome how far it is
 * @param step the step that is being done, or failed
 * @param message the failure's sentence; empty when there is none
 */
record InstallRecord(
    String build,
    Mode mode,
    String retry,
    @Nullable String previous,
    @Nullable Mode previousMode,
    Outcome outcome,
    String step,
    String message) {
  static final String FILE = "/var/lib/carafe-node/install.json";

  InstallRecord {
    requireNonNull(build, "build is null");
    requireNonNull(mode, "mode is null");
    requireNonNull(retry, "retry is null");
    requireNonNull(outcome, "outcome is null");
    requireNonNull(step, "step is null");
    requireNonNull(message, "message is null");
  }

  /** An attempt that nothing was done for yet. */
  static InstallRecord begin(
      String build, HostSettings host, @Nullable String previous, @Nullable Mode previousMode) {
    return new InstallRecord(
        build, host.mode(), host.retry(), previous, previousMode, Outcome.RUNNING, "begin", "");
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
    return new InstallRecord(
        build, mode, retry, previous, previousMode, outcome, nextStep, message);
  }

  InstallRecord ended(Outcome how, String why) {
    return new InstallRecord(build, mode, retry, previous, previousMode, how, step, why);
  }

  /** Whether this is an attempt at the same thing. */
  boolean isOf(String otherBuild, HostSettings host) {
    return build.equals(otherBuild) && mode == host.mode() && retry.equals(host.retry());
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
