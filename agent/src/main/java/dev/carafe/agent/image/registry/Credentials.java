package dev.carafe.agent.image.registry;

import static java.util.Objects.requireNonNull;

/** What a caller proves itself with to a registry. No form of it shows a secret when printed. */
public sealed interface Credentials {
  /** Nothing: anonymous access. */
  record None() implements Credentials {}

  /** A user's name and password. */
  record Basic(String user, String password) implements Credentials {
    /** Checks for null. */
    public Basic {
      requireNonNull(user, "user is null");
      requireNonNull(password, "password is null");
    }

    @Override
    public String toString() {
      return "Basic[user=" + user + ", password=***]";
    }
  }

  /** A refresh token, which the token server exchanges for an access token. */
  record IdentityToken(String token) implements Credentials {
    /** Checks for null. */
    public IdentityToken {
      requireNonNull(token, "token is null");
    }

    @Override
    public String toString() {
      return "IdentityToken[***]";
    }
  }

  /** A bearer token for the registry itself. */
  record RegistryToken(String token) implements Credentials {
    /** Checks for null. */
    public RegistryToken {
      requireNonNull(token, "token is null");
    }

    @Override
    public String toString() {
      return "RegistryToken[***]";
    }
  }
}
