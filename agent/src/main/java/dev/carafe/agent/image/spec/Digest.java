package dev.carafe.agent.image.spec;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A content digest (OCI image specification, descriptor.md "Digests"): {@code sha256} or {@code
 * sha512}, in lower-case hexadecimal.
 */
public record Digest(String algorithm, String hex) {
  private static final String SHA256 = "sha256";
  private static final String SHA512 = "sha512";

  /** Validates the algorithm, the length and the digits. */
  public Digest {
    requireNonNull(algorithm, "algorithm is null");
    requireNonNull(hex, "hex is null");
    int length =
        switch (algorithm) {
          case SHA256 -> 64;
          case SHA512 -> 128;
          default ->
              throw new ImageException.InvalidReference(
                  "digest %s:%s: algorithm is neither sha256 nor sha512".formatted(algorithm, hex));
        };
    if (hex.length() != length || !isLowerHex(hex)) {
      throw new ImageException.InvalidReference(
          "digest %s:%s: expected %d lower-case hexadecimal digits"
              .formatted(algorithm, hex, length));
    }
  }

  /** Parses {@code algorithm:hex}. */
  @JsonCreator
  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new ImageException.InvalidReference(
          "digest " + text + ": expected sha256: and 64 hexadecimal digits");
    }
    return new Digest(text.substring(0, colon), text.substring(colon + 1));
  }

  /** The sha256 of some bytes. */
  public static Digest of(byte[] content) {
    return of(SHA256, newSha256().digest(content));
  }

  /** A digest from its raw value. */
  public static Digest of(String algorithm, byte[] value) {
    return new Digest(algorithm, HexFormat.of().formatHex(value));
  }

  /** A fresh hash function of this digest's algorithm. */
  public MessageDigest newMessageDigest() {
    return algorithm.equals(SHA256) ? newSha256() : newHash("SHA-512");
  }

  /** A fresh sha256. */
  public static MessageDigest newSha256() {
    return newHash("SHA-256");
  }

  /** Whether {@code text} is made of 0-9 and a-f only. */
  public static boolean isLowerHex(String text) {
    return text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }

  private static MessageDigest newHash(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(name + " is part of every Java platform", e);
    }
  }

  /** {@code algorithm:hex}. */
  @JsonValue
  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }
}
