package dev.carafe.agent.fuzz;

import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.ImageReference;
import java.nio.charset.StandardCharsets;

/**
 * An image reference: read, and then its own spelling is read the same; or refused with a sentence.
 * Jazzer calls it.
 */
public final class ReferenceFuzz {
  private ReferenceFuzz() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] data) {
    ImageReference reference;
    try {
      reference = ImageReference.parse(new String(data, StandardCharsets.UTF_8));
    } catch (ImageException.InvalidReference refused) {
      return;
    }
    if (!ImageReference.parse(reference.toString()).equals(reference)) {
      throw new AssertionError(reference + " is read otherwise the second time");
    }
  }
}
