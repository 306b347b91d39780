package dev.carafe.agent.fuzz;

import dev.carafe.runtime.rdt.config.RdtConfigException;
import dev.carafe.runtime.rdt.config.RdtConfigReader;
import java.nio.charset.StandardCharsets;

/** goresctrl's YAML: read, or refused with a sentence. Jazzer calls it. */
public final class RdtFuzz {
  private RdtFuzz() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] data) {
    try {
      RdtConfigReader.read(new String(data, StandardCharsets.UTF_8));
    } catch (RdtConfigException refused) {
      // with a sentence
    }
  }
}
