package dev.carafe.agent.image.spec;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A fully spelled image reference. Parsing normalises as Docker does: no host is {@code docker.io},
 * one path component there is below {@code library/}, neither tag nor digest is {@code :latest}.
 *
 * @param host registry host, with its port if one was given
 * @param repository path at the host
 * @param tag null where the image is named by digest alone
 * @param digest null where the image is named by tag alone
 */
public record ImageReference(
    String host, String repository, @Nullable String tag, @Nullable Digest digest) {
  private static final String DEFAULT_HOST = "docker.io";
  private static final int MAX_NAME = 255;
  private static final Pattern HOST =
      Pattern.compile(
          "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*"
              + "|\\[[0-9a-fA-F:.]+])(?::[0-9]{1,5})?");
  private static final Pattern COMPONENT =
      Pattern.compile("[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

  /** Checks that something names a version. */
  public ImageReference {
    requireNonNull(host, "host is null");
    requireNonNull(repository, "repository is null");
    if (tag == null && digest == null) {
      throw new IllegalArgumentException(host + "/" + repository + " has neither tag nor digest");
    }
  }

  /**
   * Parses what a user, a pod or an archive says.
   *
   * @throws ImageException.InvalidReference naming the reference and the reason
   */
  public static ImageReference parse(String text) {
    if (text.isEmpty()) {
      throw new ImageException.InvalidReference("image reference is empty: expected NAME[:TAG]");
    }
    int at = text.indexOf('@');
    Digest digest = at < 0 ? null : digestOf(text, text.substring(at + 1));
    String named = at < 0 ? text : text.substring(0, at);
    int colon = named.lastIndexOf(':');
    boolean tagged = colon > named.lastIndexOf('/');
    String tag = tagged ? named.substring(colon + 1) : null;
    String name = tagged ? named.substring(0, colon) : named;
    if (tag != null && !TAG.matcher(tag).matches()) {
      throw invalid(
          text,
          "tag '%s' must be 1 to 128 of A-Z a-z 0-9 _ . - and begin with none of . -"
              .formatted(tag));
    }
    if (name.equals("sha256") && tag != null && tag.length() == 64) {
      throw invalid(text, "an image's id says nothing of its registry; expected NAME@" + text);
    }
    return normalise(text, name, tag == null && digest == null ? "latest" : tag, digest);
  }

  private static ImageReference normalise(
      String text, String name, @Nullable String tag, @Nullable Digest digest) {
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    boolean hasHost =
        first.contains(".")
            || first.contains(":")
            || first.equals("localhost")
            || !first.equals(first.toLowerCase(Locale.ROOT));
    String host = hasHost ? first : DEFAULT_HOST;
    String repository = hasHost ? name.substring(slash + 1) : name;
    if (host.equals("index.docker.io")) {
      host = DEFAULT_HOST;
    }
    if (host.equals(DEFAULT_HOST) && !repository.contains("/")) {
      repository = "library/" + repository;
    }
    if (!HOST.matcher(host).matches()) {
      throw invalid(text, "host '%s' is not HOST[:PORT]".formatted(host));
    }
    for (String component : repository.split("/", -1)) {
      if (!COMPONENT.matcher(component).matches()) {
        throw invalid(text, describe(component));
      }
    }
    if (host.length() + 1 + repository.length() > MAX_NAME) {
      throw invalid(text, "name is longer than " + MAX_NAME + " characters");
    }
    return new ImageReference(host, repository, tag, digest);
  }

  private static String describe(String component) {
    if (component.isEmpty()) {
      return "name has an empty component";
    }
    if (!component.equals(component.toLowerCase(Locale.ROOT))) {
      return "name component '%s' must be lower case".formatted(component);
    }
    return "name component '%s' must be a-z 0-9, separated by one . or _ or __ or any number of -"
        .formatted(component);
  }

  private static Digest digestOf(String text, String digest) {
    try {
      return Digest.parse(digest);
    } catch (ImageException.InvalidReference e) {
      throw invalid(text, String.valueOf(e.getMessage()));
    }
  }

  private static ImageException.InvalidReference invalid(String text, String reason) {
    return new ImageException.InvalidReference(
        "invalid image reference '%s': %s".formatted(text, reason));
  }

  /** {@code HOST/REPOSITORY}. */
  public String name() {
    return host + "/" + repository;
  }

  /** The tag that this reference gives an image: {@code HOST/REPOSITORY:TAG}, or none. */
  public List<String> tags() {
    return tag == null ? List.of() : List.of(name() + ":" + tag);
  }

  /** {@code HOST/REPOSITORY@DIGEST}. */
  public String withDigest(Digest other) {
    return name() + "@" + other;
  }

  /** What to ask a registry for: the digest if there is one, else the tag. */
  public String version() {
    return digest != null ? digest.toString() : requireNonNull(tag);
  }

  /** The canonical spelling, in which a digest outweighs a tag ({@code name:tag@digest}). */
  @Override
  public String toString() {
    return name() + (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
  }
}
