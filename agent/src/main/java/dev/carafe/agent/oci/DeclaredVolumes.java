package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Mount;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The directories that an image declares as volumes (VOLUME; "Volumes" of its configuration): each
 * gets a directory of the container's own, so that it is there, and can be written to where the
 * root is read-only. What the image has in it is copied, as from other runtimes.
 */
public final class DeclaredVolumes {
  private static final List<Path> TREES =
      List.of(Path.of("/dev"), Path.of("/proc"), Path.of("/sys"));
  private static final int MODE = 0755;

  private DeclaredVolumes() {}

  /**
   * Makes the directories, and gives the specification with them mounted.
   *
   * @param declared by the image
   * @param spec the container's, whose own mounts come first, and whose user gets what the image
   *     has not got
   * @param lowers the image's unpacked layers, the uppermost first
   * @param directory where the volumes lie on the host; made when there is one
   * @throws IOException if they can't be made
   * @throws Failure INVALID for a name that is no path
   */
  public static Spec mount(List<String> declared, Spec spec, List<Path> lowers, Path directory)
      throws IOException {
    if (declared.isEmpty()) {
      return spec;
    }
    Set<Path> taken =
        spec.mounts().stream().map(m -> Path.of(m.destination())).collect(Collectors.toSet());
    List<Mount> mounts = new ArrayList<>(spec.mounts());
    try (LayerView image = LayerView.open(lowers)) {
      for (String each : declared) {
        Path destination = destination(each);
        if (destination.getNameCount() == 0
            || TREES.stream().anyMatch(destination::startsWith)
            || !taken.add(destination)) {
          continue;
        }
        LayerView.Found found = image.find(destination.toString());
        if (canBeVolume(found)) {
          Path source = directory.resolve(Integer.toString(mounts.size()));
          make(source, image, found, spec);
          mounts.add(mount(destination, source, spec.linux()));
        }
      }
    }
    return mounts.size() == spec.mounts().size() ? spec : spec.with(Mounts.byDepth(mounts));
  }

  private static Path destination(String declared) {
    try {
      return Path.of("/").resolve(declared).normalize();
    } catch (InvalidPathException bad) {
      throw Failure.invalid(
          "image: its configuration declares the volume \"%s\", which is no path: %s"
              .formatted(declared.replace('\0', '?'), bad.getReason()),
          bad);
    }
  }

  /** Nothing else is mounted over a file, nor over the root, to which a link may lead. */
  private static boolean canBeVolume(LayerView.@Nullable Found found) {
    return switch (found) {
      case null -> true;
      case LayerView.Found.Directory image -> !image.isRoot();
      case LayerView.Found.Link _, LayerView.Found.Other _ -> false;
    };
  }

  private static void make(Path source, LayerView image, LayerView.@Nullable Found found, Spec spec)
      throws IOException {
    Files.createDirectories(source);
    if (found instanceof LayerView.Found.Directory content) {
      VolumeContent.copy(image, content, source);
    } else {
      giveToUser(source, requireNonNull(spec.process(), "a container has a process").user());
    }
    Linux linux = spec.linux();
    if (linux != null && linux.mountLabel() != null) {
      SeLinuxFiles.labelTree(source, linux.mountLabel());
    }
  }

  private static void giveToUser(Path source, User user) throws IOException {
    Files.setAttribute(source, "unix:uid", (int) user.uid());
    Files.setAttribute(source, "unix:gid", (int) user.gid());
    Files.setAttribute(source, "unix:mode", MODE);
  }

  private static Mount mount(Path destination, Path source, @Nullable Linux linux) {
    List<String> options = new ArrayList<>(List.of("rbind", "rprivate"));
    if (linux != null && !linux.uidMappings().isEmpty()) {
      options.add("idmap");
    }
    return new Mount(destination.toString(), "bind", source.toString(), options);
  }
}
