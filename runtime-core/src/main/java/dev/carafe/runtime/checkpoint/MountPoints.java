package dev.carafe.runtime.checkpoint;

import dev.carafe.runtime.spec.Mount;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Objects;

/** Makes the places at which criu restores mounts, where a fresh root has none. */
public final class MountPoints {
  private MountPoints() {}

  /**
   * Makes what is missing: a file for a bound file, else a directory. Criu itself wants a /tmp in a
   * root that may be read-only: there it puts the old root for a moment (cr_pivot_root).
   *
   * @param root the container's root on the host
   */
  public static void make(Path root, Spec spec) throws IOException {
    Path tmp = root.resolve("tmp");
    if (!Files.exists(tmp, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectory(tmp);
      Files.setPosixFilePermissions(tmp, EnumSet.allOf(PosixFilePermission.class));
    }
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
