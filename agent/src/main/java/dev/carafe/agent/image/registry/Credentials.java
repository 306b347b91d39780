package dev.carafe.agent.image.registry;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** What a caller proves itself with to a registry. No form of it shows a secret when printed. */
public sealed interface Credentials {
  /** What an Authorization header holds; nothing where it is neither basic nor bearer. */
  static Credentials ofHeader(String header) {
    String[] words = header.strip().split(" +", 2);
    if (words.length == 2 && words[0].equalsIgnoreCase("Bearer")) {
      return new RegistryToken(words[1]);
    }
    if (words.length < 2 || !words[0].equalsIgnoreCase("Basic")) {
      return new None();
    }
    try {
      String[] pair =
          new String(Base64.getDecoder().decode(words[1]), StandardCharsets.UTF_8).split(":", 2);
      return pair.length == 2 ? new Basic(pair[0], pair[1]) : new None();
    } catch (IllegalArgumentException notBase64) {
      return new None();
    }
  }

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
