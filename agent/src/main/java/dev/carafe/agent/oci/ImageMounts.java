package dev.carafe.agent.oci;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.MountPropagation;
import dev.carafe.runtime.spec.Mount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The mounts whose source is an image: an overlay of its layers, or of what they have below a sub
 * path; always read-only.
 */
final class ImageMounts {
  /** How the kubelet knows such a failure (k8s.io/cri-api/pkg/errors). */
  private static final String FAILED = "ImageVolumeMountFailed: ";

  private ImageMounts() {}

  /**
   * The OCI form.
   *
   * @param field the mount's place in the request, with a dot
   * @param volumes by the name that the mount asks for
   * @param ownUser whether the pod has a user namespace, whose ids the files then have
   * @throws Failure INVALID for contradicting fields and a sub path that is not in the image
   */
  static Mount of(
      String field,
      dev.carafe.cri.v1.Mount wanted,
      String destination,
      Map<String, ImageVolume> volumes,
      boolean ownUser) {
    check(field, wanted);
    String name = wanted.getImage().getImage();
    ImageVolume volume = volumes.get(name);
    if (volume == null) {
      throw Failure.notFound(
          FAILED
              + "image \""
              + name
              + "\" of "
              + field
              + "image is not on this node; pull it first");
    }
    LayerFiles.Located located =
        new LayerFiles(volume.lowers()).locate("/" + wanted.getImageSubPath());
    return switch (located) {
      case null ->
          throw Failure.invalid(
              "%s%simage_sub_path: image %s has no \"%s\""
                  .formatted(FAILED, field, name, wanted.getImageSubPath()));
      case LayerFiles.Located.Directory directory ->
          new Mount(destination, "overlay", "overlay", overlay(wanted, directory.merged()));
      case LayerFiles.Located.File file ->
          new Mount(destination, "bind", file.path().toString(), file(wanted, ownUser));
    };
  }

  private static void check(String field, dev.carafe.cri.v1.Mount wanted) {
    if (!wanted.getHostPath().isEmpty()) {
      throw Failure.invalid(
          "%s%shost_path: \"%s\" beside an image; expected one of them"
              .formatted(FAILED, field, wanted.getHostPath()));
    }
    if (!wanted.getReadonly()) {
      throw Failure.invalid(
          FAILED + field + "readonly: false; expected true, for images are not written to");
    }
    if (wanted.getPropagation() != MountPropagation.PROPAGATION_PRIVATE) {
      throw Failure.invalid(
          "%s%spropagation: %s; expected PROPAGATION_PRIVATE for an image"
              .formatted(FAILED, field, wanted.getPropagation()));
    }
    Path subPath = Path.of(wanted.getImageSubPath());
    if (subPath.isAbsolute() || subPath.normalize().startsWith("..")) {
      throw Failure.invalid(
          "%s%simage_sub_path: \"%s\"; expected a relative path that stays inside the image"
              .formatted(FAILED, field, subPath));
    }
  }

  private static List<String> overlay(dev.carafe.cri.v1.Mount wanted, List<Path> lowers) {
    List<String> options = new ArrayList<>(List.of("ro"));
    options.addAll(wanted.getMountOptionsList());
    lowers.forEach(lower -> options.add("lowerdir+=" + lower));
    return options;
  }

  private static List<String> file(dev.carafe.cri.v1.Mount wanted, boolean ownUser) {
    List<String> options = new ArrayList<>(List.of("bind", "rprivate", "ro"));
    if (ownUser) {
      options.add("idmap");
    }
    options.addAll(wanted.getMountOptionsList());
    return options;
  }
}
