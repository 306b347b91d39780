package dev.carafe.agent.network;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration directory held when it was read.
 *
 * @param directory that was read
 * @param network the first valid one in name order; null when there is none
 * @param skipped the files before it that can't be used, each with its reason
 */
record CniConfig(Path directory, @Nullable CniNetwork network, List<String> skipped) {
  CniConfig {
    skipped = List.copyOf(skipped);
  }

  /** Why there is no network. */
  String complaint() {
    String reasons =
        skipped.isEmpty()
            ? "it has no *.conf, *.conflist or *.json file; install a CNI configuration"
            : String.join("; ", skipped);
    return "no valid CNI network configuration in " + directory + ": " + reasons;
  }
}
