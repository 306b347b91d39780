package dev.carafe.e2e.images;

import static java.util.Objects.requireNonNull;

/**
 * A full image name with a tag, for example {@code registry.k8s.io/e2e-test-images/busybox:1.29-2}.
 *
 * @param host the registry, for example {@code registry.k8s.io}
 * @param repository the path below it, for example {@code e2e-test-images/busybox}
 * @param tag for example {@code 1.29-2}
 */
public record ImageName(String host, String repository, String tag) {
  public ImageName {
    requireNonNull(host, "host");
    requireNonNull(repository, "repository");
    requireNonNull(tag, "tag");
  }

  /**
   * Takes a full name apart; nothing is defaulted.
   *
   * @throws IllegalArgumentException if host or tag is missing
   */
  public static ImageName parse(String name) {
    int slash = name.indexOf('/');
    int colon = name.lastIndexOf(':');
    if (slash <= 0 || colon <= slash + 1 || colon == name.length() - 1) {
      throw new IllegalArgumentException("image name '" + name + "', expected HOST/REPOSITORY:TAG");
    }
    return new ImageName(
        name.substring(0, slash), name.substring(slash + 1, colon), name.substring(colon + 1));
  }

  @Override
  public String toString() {
    return host + "/" + repository + ":" + tag;
  }
}
