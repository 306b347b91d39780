package dev.carafe.agent.image.layer;

import java.io.IOException;

/** Bytes that are no tar archive, or one of a kind that is refused. */
public final class TarFormatException extends IOException {
  private static final long serialVersionUID = 1;

  TarFormatException(String message) {
    super(message);
  }
}
