package dev.carafe.agent.network;

import static java.util.Objects.requireNonNull;

/**
 * What a plugin left behind.
 *
 * @param exitCode 0 to 255; 128 + n when signal n ended it
 * @param timedOut it was killed because its time was up
 * @param stdout what it printed, read as UTF-8
 * @param stderr what it complained about, read as UTF-8
 */
public record PluginOutput(int exitCode, boolean timedOut, String stdout, String stderr) {
  public PluginOutput {
    requireNonNull(stdout, "stdout");
    requireNonNull(stderr, "stderr");
  }
}
