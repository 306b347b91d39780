package dev.carafe.agent.network;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The versions of the CNI specification that are spoken here, oldest first. */
public enum CniVersion {
  V0_1_0("0.1.0"),
  V0_2_0("0.2.0"),
  V0_3_0("0.3.0"),
  V0_3_1("0.3.1"),
  V0_4_0("0.4.0"),
  V1_0_0("1.0.0"),
  V1_1_0("1.1.0");

  private final String text;

  CniVersion(String text) {
    this.text = text;
  }

  /** As it is written in JSON. */
  public String text() {
    return text;
  }

  /** The version that is written so, null when it is not spoken here. */
  static @Nullable CniVersion parse(String text) {
    for (CniVersion version : values()) {
      if (version.text.equals(text)) {
        return version;
      }
    }
    return null;
  }

  /** All of them, for an error. */
  static String known() {
    return Arrays.stream(values()).map(CniVersion::text).collect(Collectors.joining(", "));
  }

  /** Results are lists of interfaces and addresses, and are handed down the chain. */
  boolean hasPrevResult() {
    return compareTo(V0_3_0) >= 0;
  }

  /** CHECK exists, and DEL gets the result of ADD. */
  boolean hasCheck() {
    return compareTo(V0_4_0) >= 0;
  }

  /** STATUS exists. */
  boolean hasStatus() {
    return compareTo(V1_1_0) >= 0;
  }
}
