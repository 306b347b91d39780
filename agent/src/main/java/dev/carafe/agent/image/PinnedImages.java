package dev.carafe.agent.image;

import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.ImageReference;
import dev.carafe.agent.image.store.Image;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The images that the operator wants to stay, whoever cleans up. Immutable, thread-safe.
 *
 * @param patterns references, with {@code *} for any number of characters
 */
public record PinnedImages(List<String> patterns) {
  /** Copies. */
  public PinnedImages {
    patterns = List.copyOf(patterns);
  }

  /** Whether a pattern fits one of the image's names. */
  public boolean pins(Image image) {
    return patterns.stream()
        .map(PinnedImages::regex)
        .anyMatch(pattern ->
            Stream.concat(image.repoTags().stream(), image.repoDigests().stream())
                .anyMatch(name -> pattern.matcher(name).matches()));
  }

  private static Pattern regex(String pattern) {
    String full = pattern.contains("*") ? pattern : canonical(pattern);
    return Pattern.compile(
        Stream.of(full.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
  }

  /** A name without a wildcard is spelled as people spell images. */
  private static String canonical(String name) {
    try {
      return ImageReference.parse(name).toString();
    } catch (ImageException.InvalidReference e) {
      return name;
    }
  }
}
