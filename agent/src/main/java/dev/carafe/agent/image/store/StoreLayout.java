package dev.carafe.agent.image.store;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.Digest;
import dev.carafe.runtime.state.DurableFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Where the store keeps what:
 *
 * <pre>
 * images/HEX.json      one record an image
 * configs/HEX.json     its configuration, byte for byte
 * layers/KEY/fs        a layer's files; KEY is the hex of its diff id, or of its chain id
 * layers/KEY/layer.json
 * layers/KEY/recording what its archive had beside them, for export
 * tmp/                 whatever is half-made; emptied at start
 * </pre>
 */
record StoreLayout(Path root) {
  static final String RECORDING = "recording";

  StoreLayout {
    requireNonNull(root, "root is null");
  }

  /**
   * Makes the directories.
   *
   * @return what an earlier run left half-made, to be deleted at leisure: names are never used
   *     twice
   */
  List<Path> prepare() throws IOException {
    Files.createDirectories(root);
    Files.setPosixFilePermissions(
        root,
        Set.of(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_EXECUTE));
    for (Path directory : new Path[] {tmp(), layers(), records(), configs()}) {
      Files.createDirectories(directory);
    }
    for (Path directory : new Path[] {records(), configs()}) {
      deleteUnfinished(directory);
    }
    DurableFile.syncDirectory(root);
    try (Stream<Path> leftovers = Files.list(tmp())) {
      return leftovers.toList();
    }
  }

  private static void deleteUnfinished(Path directory) throws IOException {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, DurableFile.UNFINISHED_PREFIX + "*")) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }

  Path tmp() {
    return root.resolve("tmp");
  }

  Path newTemporary(String kind) {
    return tmp().resolve(kind + "-" + UUID.randomUUID());
  }

  Path layers() {
    return root.resolve("layers");
  }

  Path layer(String key) {
    return layers().resolve(key);
  }

  Path layerFiles(String key) {
    return layer(key).resolve("fs");
  }

  Path recording(String key) {
    return layer(key).resolve(RECORDING);
  }

  Path layerRecord(Path layerDirectory) {
    return layerDirectory.resolve("layer.json");
  }

  Path records() {
    return root.resolve("images");
  }

  Path record(Digest id) {
    return records().resolve(id.hex() + ".json");
  }

  Path configs() {
    return root.resolve("configs");
  }

  Path config(Digest id) {
    return configs().resolve(id.hex() + ".json");
  }
}
