package dev.carafe.agent.image;

import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageReference;

/** The node's policy on which images may be pulled. Thread-safe. */
@FunctionalInterface
public interface ImageVerifier {
  /** Lets everything pass. */
  ImageVerifier NONE = (reference, digest) -> {};

  /**
   * Judges an image before any of its content is fetched, also where the node has it already. May
   * block.
   *
   * @param digest of the manifest or index that the reference means now
   * @throws dev.carafe.agent.image.spec.ImageException.SignatureRefused with the reason
   */
  void verify(ImageReference reference, Digest digest) throws InterruptedException;
}
