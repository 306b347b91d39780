package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;

/**
 * What a container takes from its image.
 *
 * @param imageRef the image's identifier, for annotations and messages
 * @param user USER: empty, or a name or uid, with a group's name or gid after a colon
 * @param env ENV, each NAME=VALUE
 * @param entrypoint ENTRYPOINT
 * @param cmd CMD
 * @param workingDir WORKDIR; empty is the root
 * @param stopSignal STOPSIGNAL, a name or number; empty is SIGTERM
 * @param lowers unpacked layers in overlayfs's form, the uppermost first
 */
public record ImageContext(
    String imageRef,
    String user,
    List<String> env,
    List<String> entrypoint,
    List<String> cmd,
    String workingDir,
    String stopSignal,
    List<Path> lowers) {
  /** Checks that nothing is missing. */
  public ImageContext {
    requireNonNull(imageRef, "imageRef");
    requireNonNull(user, "user");
    env = List.copyOf(env);
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
    requireNonNull(workingDir, "workingDir");
    requireNonNull(stopSignal, "stopSignal");
    lowers = List.copyOf(lowers);
  }
}
