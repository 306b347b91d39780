package dev.carafe.agent.name;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Ids of pods, containers and execs: 64 lowercase hexadecimal digits, random. Thread-safe. */
public final class Ids {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");

  private Ids() {}

  /** A new id. */
  public static String random() {
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** Whether {@code text} has the form of an id, so that it may stand in a path. */
  public static boolean isId(String text) {
    return ID.matcher(text).matches();
  }
}
