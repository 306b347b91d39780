package dev.carafe.agent.oci;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.IDMapping;
import dev.carafe.cri.v1.MountPropagation;
import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.Mount;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The mounts that the client asks for: files and directories of the host, and images. */
final class VolumeMounts {
  private static final Set<String> OPTIONS = Set.of("noexec", "nodev", "nosuid");

  /** What the node itself needs under its own labels. */
  private static final Set<Path> NEVER_RELABELLED =
      Set.of(
          Path.of("/"),
          Path.of("/boot"),
          Path.of("/dev"),
          Path.of("/etc"),
          Path.of("/home"),
          Path.of("/root"),
          Path.of("/run"),
          Path.of("/tmp"),
          Path.of("/usr"),
          Path.of("/var"));

  private final Supplier<MountTable> hostMounts;

  /**
   * @param hostMounts reads the host's mounts; asked only for a volume that propagates
   */
  VolumeMounts(Supplier<MountTable> hostMounts) {
    this.hostMounts = hostMounts;
  }

  /**
   * The OCI form of a container's mounts, in their order.
   *
   * @param images the images that are mounted, by the names that the mounts ask for
   * @param ownUser whether the pod has a user namespace
   * @param label the SELinux label for the files of volumes that ask for one; null without SELinux
   * @throws Failure INVALID for what the host can't give
   */
  List<Mount> of(
      List<dev.carafe.cri.v1.Mount> wanted,
      Map<String, ImageVolume> images,
      boolean ownUser,
      @Nullable String label) {
    List<Mount> mounts = new ArrayList<>();
    for (int i = 0; i < wanted.size(); i++) {
      String field = "mounts[" + i + "].";
      Path destination = destination(field, wanted.get(i).getContainerPath());
      checkOptions(field, wanted.get(i));
      mounts.add(
          wanted.get(i).getImage().getImage().isEmpty()
              ? mount(field, wanted.get(i), destination, label)
              : ImageMounts.of(field, wanted.get(i), destination.toString(), images, ownUser));
    }
    return mounts;
  }

  /** KEP-5855. */
  private static void checkOptions(String field, dev.carafe.cri.v1.Mount wanted) {
    for (String option : wanted.getMountOptionsList()) {
      if (!OPTIONS.contains(option)) {
        throw Failure.invalid(
            "%smount_options: \"%s\"; expected noexec, nodev or nosuid".formatted(field, option));
      }
    }
  }

  private Mount mount(
      String field, dev.carafe.cri.v1.Mount wanted, Path destination, @Nullable String label) {
    checkRecursiveReadOnly(field, wanted);
    Path source = source(field, wanted.getHostPath());
    if (wanted.getSelinuxRelabel() && label != null) {
      relabel(field, source, label);
    }
    List<String> options = new ArrayList<>(List.of("rbind"));
    options.add(propagation(field, wanted, source));
    // Without "ro" the source's own attributes stay: "rw" would make a read-only mount writable.
    if (wanted.getReadonly()) {
      options.add(wanted.getRecursiveReadOnly() ? "rro" : "ro");
    }
    if (wanted.getUidMappingsCount() + wanted.getGidMappingsCount() > 0) {
      options.add("idmap");
    }
    wanted.getMountOptionsList().stream().distinct().forEach(options::add);
    return new Mount(
        destination.toString(),
        "bind",
        source.toString(),
        options,
        mappings(field + "uidMappings", wanted.getUidMappingsList()),
        mappings(field + "gidMappings", wanted.getGidMappingsList()));
  }

  private static Path destination(String field, String containerPath) {
    if (!containerPath.startsWith("/") || containerPath.indexOf('\0') >= 0) {
      throw Failure.invalid(
          "%scontainer_path: \"%s\"; expected an absolute path"
              .formatted(field, containerPath.replace('\0', '?')));
    }
    Path destination = Path.of(containerPath).normalize();
    if (destination.getNameCount() == 0) {
      throw Failure.invalid(
          "%scontainer_path: \"%s\" is the container's root; expected a path below it"
              .formatted(field, containerPath));
    }
    return destination;
  }

  /** KEP-3857. */
  private static void checkRecursiveReadOnly(String field, dev.carafe.cri.v1.Mount wanted) {
    if (!wanted.getRecursiveReadOnly()) {
      return;
    }
    if (!wanted.getReadonly()) {
      throw Failure.invalid(
          field + "recursive_read_only: is set while readonly is not; set both, or neither");
    }
    if (wanted.getPropagation() != MountPropagation.PROPAGATION_PRIVATE) {
      throw Failure.invalid(
          "%srecursive_read_only: is set with propagation %s; expected PROPAGATION_PRIVATE"
              .formatted(field, wanted.getPropagation()));
    }
  }

  /** The source with its links followed on the host; a missing one is made as a directory. */
  private static Path source(String field, String hostPath) {
    if (!hostPath.startsWith("/") || hostPath.indexOf('\0') >= 0) {
      throw Failure.invalid(
          "%shost_path: \"%s\"; expected an absolute path on the host"
              .formatted(field, hostPath.replace('\0', '?')));
    }
    Path path = Path.of(hostPath);
    try {
      return path.toRealPath();
    } catch (NoSuchFileException missing) {
      return make(field, path);
    } catch (IOException e) {
      throw Failure.invalid("%shost_path: cannot follow %s: %s".formatted(field, path, e), e);
    }
  }

  private static Path make(String field, Path path) {
    try {
      Files.createDirectories(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
      return path.toRealPath();
    } catch (FileAlreadyExistsException dangling) {
      throw Failure.invalid(
          "%shost_path: %s is missing, and %s on the way is a link to nowhere or no directory"
              .formatted(field, path, dangling.getFile()),
          dangling);
    } catch (IOException e) {
      throw Failure.invalid(
          "%shost_path: %s is missing and cannot be made: %s".formatted(field, path, e), e);
    }
  }

  private static void relabel(String field, Path source, String label) {
    if (NEVER_RELABELLED.contains(source)) {
      throw Failure.invalid(
          "%sselinux_relabel: of %s, without whose own labels the node would not work; mount a directory below it"
              .formatted(field, source));
    }
    try {
      SeLinuxFiles.labelTree(source, label);
    } catch (IOException refused) {
      throw Failure.internal(
          "%sselinux_relabel: cannot label %s %s: %s"
              .formatted(field, source, label, refused.getMessage()),
          refused);
    }
  }

  private String propagation(String field, dev.carafe.cri.v1.Mount wanted, Path source) {
    return switch (wanted.getPropagation()) {
      case PROPAGATION_PRIVATE -> "rprivate";
      case PROPAGATION_HOST_TO_CONTAINER -> {
        MountTable.Entry mount = hostMounts.get().holding(source);
        if (!mount.shared() && !mount.slave()) {
          throw refused(field, source, mount, "a shared or slave mount");
        }
        yield "rslave";
      }
      case PROPAGATION_BIDIRECTIONAL -> {
        MountTable.Entry mount = hostMounts.get().holding(source);
        if (!mount.shared()) {
          throw refused(field, source, mount, "a shared mount");
        }
        yield "rshared";
      }
      case UNRECOGNIZED ->
          throw Failure.invalid(
              "%spropagation: %d; expected 0 to 2".formatted(field, wanted.getPropagationValue()));
    };
  }

  private static Failure refused(
      String field, Path source, MountTable.Entry mount, String expected) {
    return Failure.invalid(
        "%spropagation: %s is on the mount %s, which is not %s; make it one with mount --make-shared %s"
            .formatted(field, source, mount.mountPoint(), expected, mount.mountPoint()));
  }

  /** Id ranges of an id-mapped mount. */
  static List<IdMapping> mappings(String field, List<IDMapping> mappings) {
    List<IdMapping> result = new ArrayList<>();
    for (IDMapping mapping : mappings) {
      if (mapping.getLength() == 0) {
        throw Failure.invalid(field + ": a range of length 0; expected at least 1");
      }
      result.add(
          new IdMapping(
              Integer.toUnsignedLong(mapping.getContainerId()),
              Integer.toUnsignedLong(mapping.getHostId()),
              Integer.toUnsignedLong(mapping.getLength())));
    }
    return result;
  }
}
