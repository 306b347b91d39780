package dev.carafe.agent.cri;

import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.image.registry.Credentials;
import dev.carafe.cri.v1.AuthConfig;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Credentials as the kubelet sends them. */
final class CriCredentials {
  private CriCredentials() {}

  /**
   * The first kind of credentials that is set: registry token, identity token, user and password,
   * auth.
   */
  static Credentials from(AuthConfig auth) {
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
