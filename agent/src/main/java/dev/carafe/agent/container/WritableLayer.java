package dev.carafe.agent.container;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A container's own layer over its image's. */
final class WritableLayer {
  private static final String OWNERSHIP = "unix:uid,gid,mode";

  private WritableLayer() {}

  /** The layers below; an image without any gets an empty one, for overlayfs wants at least one. */
  static List<Path> lowers(ContainerPaths paths, List<Path> imageLayers) {
    return imageLayers.isEmpty() ? List.of(empty(paths)) : imageLayers;
  }

  /**
   * Makes the layer. The root directory that a container sees is the writable one, so it gets the
   * owner and mode of the image's.
   */
  static void create(ContainerPaths paths, List<Path> lowers) throws IOException {
    Files.createDirectories(paths.upper());
    Files.createDirectories(paths.work());
    if (lowers.getFirst().equals(empty(paths))) {
      Files.createDirectories(empty(paths));
    }
    Map<String, Object> root =
        Files.readAttributes(lowers.getFirst(), OWNERSHIP, LinkOption.NOFOLLOW_LINKS);
    for (String attribute : List.of("uid", "gid", "mode")) {
      Files.setAttribute(
          paths.upper(), "unix:" + attribute, root.get(attribute), LinkOption.NOFOLLOW_LINKS);
    }
  }

  private static Path empty(ContainerPaths paths) {
    return paths.dir().resolve("empty");
  }
}
