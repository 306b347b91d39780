package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;

/**
 * An image whose content a container mounts (KEP-4639).
 *
 * @param imageId the image's identifier
 * @param imageRef the digest that the container's status shows
 * @param lowers unpacked layers in overlayfs's form, the uppermost first
 */
public record ImageVolume(String imageId, String imageRef, List<Path> lowers) {
  /** Checks that nothing is missing. */
  public ImageVolume {
    requireNonNull(imageId, "imageId");
    requireNonNull(imageRef, "imageRef");
    lowers = List.copyOf(lowers);
  }
}
