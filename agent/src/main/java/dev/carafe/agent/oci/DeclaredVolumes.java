package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;

import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Mount;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.User;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The directories that an image declares as volumes (VOLUME; "Volumes" of its configuration) and
 * has empty or not at all: each gets a directory of the container's own, so that it is there, and
 * can be written to where the root is read-only. One in which the image has files stays a part of
 * the root, where its files are.
 */
public final class DeclaredVolumes {
  private static final List<Path> TREES =
      List.of(Path.of("/dev"), Path.of("/proc"), Path.of("/sys"));
  private static final List<String> OWNERSHIP = List.of("uid", "gid", "mode");
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
   */
  public static Spec mount(List<String> declared, Spec spec, List<Path> lowers, Path directory)
      throws IOException {
    Set<Path> taken =
        spec.mounts().stream().map(m -> Path.of(m.destination())).collect(Collectors.toSet());
    List<Mount> mounts = new ArrayList<>(spec.mounts());
    for (String each : declared) {
      Path destination = Path.of("/").resolve(each).normalize();
      if (destination.getNameCount() == 0
          || TREES.stream().anyMatch(destination::startsWith)
          || !taken.add(destination)) {
        continue;
      }
      LayerFiles.Located located = new LayerFiles(lowers).locate(destination.toString());
      if (isFree(located)) {
        Path source = directory.resolve(Integer.toString(mounts.size()));
        make(source, located, spec);
        mounts.add(mount(destination, source, spec.linux()));
      }
    }
    return mounts.size() == spec.mounts().size() ? spec : spec.with(Mounts.byDepth(mounts));
  }

  private static boolean isFree(LayerFiles.@Nullable Located located) throws IOException {
    if (!(located instanceof LayerFiles.Located.Directory image)) {
      return located == null;
    }
    for (Path part : image.merged()) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(part)) {
        if (entries.iterator().hasNext()) {
          return false;
        }
      }
    }
    return true;
  }

  /** The volume has the owner and mode of the image's directory, else it is the user's. */
  private static void make(Path source, LayerFiles.@Nullable Located located, Spec spec)
      throws IOException {
    Map<String, Object> attributes =
        located instanceof LayerFiles.Located.Directory image
            ? Files.readAttributes(
                image.merged().getFirst(),
                "unix:" + String.join(",", OWNERSHIP),
                LinkOption.NOFOLLOW_LINKS)
            : ofUser(spec);
    Files.createDirectories(source);
    for (String attribute : OWNERSHIP) {
      Files.setAttribute(source, "unix:" + attribute, attributes.get(attribute));
    }
    Linux linux = spec.linux();
    if (linux != null && linux.mountLabel() != null) {
      SeLinuxFiles.label(source, linux.mountLabel());
    }
  }

  private static Map<String, Object> ofUser(Spec spec) {
    User user = requireNonNull(spec.process(), "a container has a process").user();
    return Map.of("uid", (int) user.uid(), "gid", (int) user.gid(), "mode", MODE);
  }

  private static Mount mount(Path destination, Path source, @Nullable Linux linux) {
    List<String> options = new ArrayList<>(List.of("rbind", "rprivate"));
    if (linux != null && !linux.uidMappings().isEmpty()) {
      options.add("idmap");
    }
    return new Mount(destination.toString(), "bind", source.toString(), options);
  }
}
