package dev.carafe.e2e.registry;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/** Reads the media type that a manifest or index states of itself. */
final class MediaTypes {
  private MediaTypes() {}

  /**
   * The {@code mediaType} field of a manifest.
   *
   * @throws IOException if it is not JSON, or has none
   */
  static String ofManifest(byte[] content) throws IOException {
    String type = new ObjectMapper().readTree(content).path("mediaType").asText();
    if (type.isEmpty()) {
      throw new IOException("a manifest without mediaType");
    }
    return type;
  }
}
