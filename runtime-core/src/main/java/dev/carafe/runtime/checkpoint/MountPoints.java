package dev.carafe.runtime.checkpoint;

import dev.carafe.runtime.spec.Mount;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Makes the places at which criu restores mounts, where a fresh root has none. */
public final class MountPoints {
  private MountPoints() {}

  /**
   * Makes what is missing: a file for a bound file, else a directory.
   *
   * @param root the container's root on the host
   */
  public static void make(Path root, Spec spec) throws IOException {
    for (Mount mount : ExternalMounts.outermost(spec)) {
      Path place = RootPath.on(root, RootPath.resolve(root, mount.destination()));
      String source = mount.source();
      boolean file =
          ExternalMounts.isBind(mount) && source != null && !Files.isDirectory(Path.of(source));
      if (Files.exists(place)) {
        continue;
      }
      if (file) {
        Files.createDirectories(Objects.requireNonNull(place.getParent(), "below a root"));
        Files.createFile(place);
      } else {
        Files.createDirectories(place);
      }
    }
  }
}
