package dev.carafe.agent.oci;

import dev.carafe.agent.oci.LayerView.Found;
import dev.carafe.agent.oci.LayerView.Place;
import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.linux.FileCopies;
import dev.carafe.runtime.linux.FileStat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Copies what an image has in a directory into a volume of a container that does not run yet. Both
 * sides are reached by descriptors without links, so that nothing outside of either is read or
 * written. A file with several names becomes several files. Not thread-safe.
 */
final class VolumeContent {
  private static final byte[] DOT = {'.'};

  private final LayerView image;
  private final Fd volume;

  private VolumeContent(LayerView image, Fd volume) {
    this.image = image;
    this.volume = volume;
  }

  /**
   * Copies it, with the directory's own owner, mode and time.
   *
   * @param directory of {@code image}, not its root
   * @param volume an empty directory of the agent's
   */
  static void copy(LayerView image, Found.Directory directory, Path volume) throws IOException {
    try (Fd root = FileCalls.openDirectory(volume)) {
      new VolumeContent(image, root).fill(directory, "");
    }
  }

  private void fill(Found.Directory directory, String path) throws IOException {
    Map<String, Found.Directory> below = new LinkedHashMap<>();
    try (Fd here = FileCalls.openDirectoryBeneath(volume, raw(path))) {
      for (String name : image.names(directory)) {
        switch (image.lookUp(directory, name)) {
          case null -> {}
          case Found.Directory child -> {
            FileCalls.makeDirectory(here, raw(name), 0700);
            below.put(name, child);
          }
          case Found.Link link -> copy(link.place(), link.stat(), here, name);
          case Found.Other file -> copy(file.place(), file.stat(), here, name);
        }
      }
      // Last, for what is made in a directory changes its time.
      Place uppermost = directory.merged().getFirst();
      FileCopies.copyFacts(
          uppermost.layer(),
          uppermost.bytes(),
          stat(uppermost),
          here,
          DOT,
          VolumeContent::isContent);
    }
    for (Map.Entry<String, Found.Directory> child : below.entrySet()) {
      fill(child.getValue(), path.isEmpty() ? child.getKey() : path + "/" + child.getKey());
    }
  }

  private static void copy(Place place, FileStat stat, Fd to, String name) throws IOException {
    FileCopies.copy(place.layer(), place.bytes(), stat, to, raw(name), VolumeContent::isContent);
  }

  private static FileStat stat(Place place) throws IOException {
    return Objects.requireNonNull(
        FileCalls.stat(place.layer(), place.bytes()), "a layer's directory went");
  }

  /** Overlay's marks mean nothing in a volume, and its SELinux label is the container's. */
  private static boolean isContent(String attribute) {
    return !attribute.startsWith("trusted.overlay.") && !attribute.equals("security.selinux");
  }

  private static byte[] raw(String name) {
    return name.getBytes(StandardCharsets.ISO_8859_1);
  }
}
