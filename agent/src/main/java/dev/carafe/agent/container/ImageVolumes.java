package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.ImageService;
import dev.carafe.agent.image.store.Image;
import dev.carafe.agent.image.store.ImageStore;
import dev.carafe.agent.oci.ImageVolume;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.Mount;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The images that a container's mounts ask for, found and held until {@link #close}; one that is
 * not on the node is left out. For one thread.
 */
final class ImageVolumes implements AutoCloseable {
  private final Map<String, ImageVolume> volumes = new HashMap<>();
  private final List<ImageStore.Lease> leases = new ArrayList<>();

  private ImageVolumes() {}

  static ImageVolumes of(ContainerConfig config, ImageService images) {
    requireNonNull(images, "images is null");
    ImageVolumes all = new ImageVolumes();
    for (Mount mount : config.getMountsList()) {
      String name = mount.getImage().getImage();
      Image image = name.isEmpty() ? null : images.find(name);
      if (image != null && !all.volumes.containsKey(name)) {
        ImageStore.Lease lease = images.lease(image.id());
        all.leases.add(lease);
        all.volumes.put(
            name,
            new ImageVolume(
                image.id().toString(), ref(image), lease.lowerDirectories().reversed()));
      }
    }
    return all;
  }

  /** By the names that the mounts ask for. */
  Map<String, ImageVolume> byName() {
    return Map.copyOf(volumes);
  }

  /** The identifiers of the images, each once. */
  List<String> imageIds() {
    return volumes.values().stream().map(ImageVolume::imageId).distinct().toList();
  }

  /** The configuration whose mounts say which digest they got (KEP-5365). */
  ContainerConfig withDigests(ContainerConfig config) {
    ContainerConfig.Builder resolved = config.toBuilder();
    for (Mount.Builder mount : resolved.getMountsBuilderList()) {
      ImageVolume volume = volumes.get(mount.getImage().getImage());
      if (volume != null) {
        mount.getImageBuilder().setImageRef(volume.imageRef());
      }
    }
    return resolved.build();
  }

  private static String ref(Image image) {
    return image.repoDigests().isEmpty() ? image.id().toString() : image.repoDigests().getFirst();
  }

  @Override
  public void close() {
    leases.forEach(ImageStore.Lease::close);
  }
}
