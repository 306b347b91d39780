package dev.carafe.agent.cri;

import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.image.registry.Credentials;
import dev.carafe.agent.image.spec.ImageReference;
import dev.carafe.cri.v1.AuthConfig;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Set;

/** Credentials as the kubelet sends them. */
public final class CriCredentials {
  private static final Set<String> DOCKER_HUB = Set.of("index.docker.io", "registry-1.docker.io");

  private CriCredentials() {}

  /**
   * The first kind of credentials that is set: registry token, identity token, user and password,
   * auth. None where the server that they are for is another than the image's registry.
   *
   * @param reference the image that they are sent with
   */
  public static Credentials from(AuthConfig auth, String reference) {
    String server = server(auth.getServerAddress());
    if (!server.isEmpty() && !server.equals(ImageReference.parse(reference).host())) {
      return new Credentials.None();
    }
    if (!auth.getRegistryToken().isEmpty()) {
      return new Credentials.RegistryToken(auth.getRegistryToken());
    }
    if (!auth.getIdentityToken().isEmpty()) {
      return new Credentials.IdentityToken(auth.getIdentityToken());
    }
    if (!auth.getUsername().isEmpty() || !auth.getPassword().isEmpty()) {
      return new Credentials.Basic(auth.getUsername(), auth.getPassword());
    }
    return auth.getAuth().isEmpty() ? new Credentials.None() : decode(auth.getAuth());
  }

  /** Its host as images spell it: Docker's files have URLs there, and old names of its hub. */
  private static String server(String address) {
    String host = address.replaceFirst("^https?://", "").replaceFirst("/.*$", "");
    return DOCKER_HUB.contains(host) ? "docker.io" : host;
  }

  private static Credentials decode(String auth) {
    try {
      String[] parts =
          new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8).split(":", 2);
      if (parts.length == 2) {
        // Docker's own files end the password with NULs.
        return new Credentials.Basic(parts[0], parts[1].replace("\0", ""));
      }
    } catch (IllegalArgumentException notBase64) {
      throw Failure.invalid("auth.auth is not base64: expected base64 of user:password");
    }
    throw Failure.invalid("auth.auth has no colon: expected base64 of user:password");
  }
}
