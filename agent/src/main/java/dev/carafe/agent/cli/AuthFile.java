package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.ImageReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The passwords of registries, as docker, podman and skopeo keep them. Immutable. */
final class AuthFile {
  private static final List<String> DOCKER_HUB =
      List.of("docker.io", "https://index.docker.io/v1/", "index.docker.io");

  private final Path file;
  private final JsonNode auths;

  private AuthFile(Path file, JsonNode auths) {
    this.file = file;
    this.auths = auths;
  }

  /**
   * Reads {@code {"auths": {"HOST": {"auth": "base64 of USER:PASSWORD"}}}}.
   *
   * @throws IOException with a sentence, when it can't be read or is none
   */
  static AuthFile read(Path file) throws IOException {
    try {
      JsonNode auths = new ObjectMapper().readTree(Files.readAllBytes(file)).path("auths");
      if (auths.isObject()) {
        return new AuthFile(requireNonNull(file), auths);
      }
    } catch (JacksonException notJson) {
      throw new IOException(file + " is not JSON: " + notJson.getOriginalMessage(), notJson);
    }
    throw new IOException(file + " has no \"auths\": expected docker's config.json");
  }

  /**
   * What it has for the registry of an image.
   *
   * @throws IOException with a sentence, when there is nothing
   */
  String forImage(String reference) throws IOException, UsageException {
    String host;
    try {
      host = ImageReference.parse(reference).host();
    } catch (ImageException.InvalidReference wrong) {
      throw new UsageException(String.valueOf(wrong.getMessage()));
    }
    for (String name : host.equals("docker.io") ? DOCKER_HUB : List.of(host)) {
      String auth = auths.path(name).path("auth").asText();
      if (!auth.isEmpty()) {
        return auth;
      }
    }
    throw new IOException(file + " has no \"auth\" for " + host);
  }
}
