package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.layer.LayerLimits;
import dev.carafe.agent.image.layer.LayerUnpacker;
import dev.carafe.agent.image.spec.Descriptor;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.runtime.state.Trees;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A checkpoint of one container as a directory: {@code checkpoint/} with criu's images, {@code
 * rootfs-diff.tar} with what its own layer has, and what other tools read, as podman and CRI-O lay
 * it out.
 *
 * @param dir the directory
 */
public record CheckpointFiles(Path dir) {
  private static final String STAGING = "checkpoint-";

  /** Checks that nothing is missing. */
  public CheckpointFiles {
    requireNonNull(dir, "dir is null");
  }

  /** A place below a container's directory for what is being saved. */
  public static CheckpointFiles staging(ContainerPaths paths) {
    return new CheckpointFiles(paths.dir().resolve(STAGING + UUID.randomUUID()));
  }

  /** Removes what a killed agent left of such places. */
  static void sweep(ContainerPaths paths) throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(paths.dir(), STAGING + "*")) {
      for (Path directory : left) {
        Trees.delete(directory);
      }
    }
  }

  /** Criu's images. */
  public Path images() {
    return dir.resolve("checkpoint");
  }

  /** The container's own layer: an OCI layer. */
  public Path rootfsDiff() {
    return dir.resolve("rootfs-diff.tar");
  }

  /** What the container was, as podman writes it. */
  public Path configDump() {
    return dir.resolve("config.dump");
  }

  /** Its OCI configuration. */
  public Path specDump() {
    return dir.resolve("spec.dump");
  }

  /** A list of the files that it removed from its image. */
  public Path deletedFiles() {
    return dir.resolve("deleted.files");
  }

  /** Gives a container that is being created the saved processes and files. */
  void install(ContainerPaths paths, List<Path> lowers) throws IOException {
    Files.createDirectories(paths.checkpoint());
    try (DirectoryStream<Path> files = Files.newDirectoryStream(images(), Files::isRegularFile)) {
      for (Path file : files) {
        Files.copy(file, paths.checkpoint().resolve(requireNonNull(file.getFileName())));
      }
    }
    if (Files.exists(rootfsDiff())) {
      unpack(paths, lowers);
    }
  }

  private void unpack(ContainerPaths paths, List<Path> lowers) throws IOException {
    Descriptor descriptor =
        new Descriptor("", digest(rootfsDiff()), Files.size(rootfsDiff()), null, Map.of());
    Path recording = paths.dir().resolve("recording");
    try (InputStream diff = new BufferedInputStream(Files.newInputStream(rootfsDiff()))) {
      new LayerUnpacker(LayerLimits.DEFAULT)
          .unpack(
              diff,
              descriptor,
              null,
              new LayerUnpacker.Target(paths.upper(), paths.dir().resolve("scratch"), recording),
              () -> lowers);
      Files.deleteIfExists(recording);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopping);
    }
  }

  private static Digest digest(Path file) throws IOException {
    MessageDigest hash = Digest.newSha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), hash)) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
    }
    return Digest.of("sha256", hash.digest());
  }
}
