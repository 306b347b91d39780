package dev.carafe.agent.image;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.layer.LayerLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * How images are handled.
 *
 * @param directory where the store lies, for example {@code /var/lib/carafe/images}
 * @param hostsDirectory holds {@code HOST/hosts.toml}; asked at each pull; need not exist
 * @param progressTimeout a pull fails when no byte comes for so long
 * @param verifier which images may be pulled
 * @param pinned which images are never to be removed
 */
public record ImageSettings(
    Path directory,
    Supplier<Path> hostsDirectory,
    LayerLimits limits,
    Duration progressTimeout,
    ImageVerifier verifier,
    PinnedImages pinned) {
  /** Five minutes, as other runtimes have it. */
  public static final Duration DEFAULT_PROGRESS_TIMEOUT = Duration.ofMinutes(5);

  /** Checks for null and that the time is positive. */
  public ImageSettings {
    requireNonNull(directory, "directory is null");
    requireNonNull(hostsDirectory, "hostsDirectory is null");
    requireNonNull(limits, "limits is null");
    requireNonNull(verifier, "verifier is null");
    requireNonNull(pinned, "pinned is null");
    if (!progressTimeout.isPositive()) {
      throw new IllegalArgumentException("progressTimeout is " + progressTimeout);
    }
  }

  /** The defaults for everything but the directories. */
  public static ImageSettings of(Path directory, Supplier<Path> hostsDirectory) {
    return new ImageSettings(
        directory,
        hostsDirectory,
        LayerLimits.DEFAULT,
        DEFAULT_PROGRESS_TIMEOUT,
        ImageVerifier.NONE,
        new PinnedImages(List.of()));
  }
}
