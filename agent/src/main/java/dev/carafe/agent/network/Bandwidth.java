package dev.carafe.agent.network;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Traffic shaping of a pod, from the annotations {@code kubernetes.io/ingress-bandwidth} and {@code
 * kubernetes.io/egress-bandwidth}, which are Kubernetes quantities in bits/s.
 *
 * @param ingress bits/s towards the pod; 0 for no limit
 * @param egress bits/s from the pod; 0 for no limit
 */
record Bandwidth(long ingress, long egress) {
  static final String INGRESS = "kubernetes.io/ingress-bandwidth";
  static final String EGRESS = "kubernetes.io/egress-bandwidth";

  /** The range that Kubernetes accepts (its bandwidth utilities): 1k to 1P. */
  private static final BigDecimal MIN = BigDecimal.valueOf(1_000L);

  private static final BigDecimal MAX = BigDecimal.valueOf(1_000_000_000_000_000L);

  private static final Pattern QUANTITY =
      Pattern.compile(
          "\\+?([0-9]+\\.?[0-9]*|\\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,3})?");

  /**
   * Reads a pod's annotations.
   *
   * @throws IllegalArgumentException names the annotation, its value and what was expected
   */
  static Bandwidth of(Map<String, String> annotations) {
    return new Bandwidth(rate(annotations, INGRESS), rate(annotations, EGRESS));
  }

  boolean isUnlimited() {
    return ingress == 0 && egress == 0;
  }

  private static long rate(Map<String, String> annotations, String name) {
    String text = annotations.get(name);
    if (text == null) {
      return 0;
    }
    Matcher quantity = QUANTITY.matcher(text);
    if (quantity.matches()) {
      BigDecimal bits = bits(quantity.group(1), quantity.group(2) == null ? "" : quantity.group(2));
      if (bits.compareTo(MIN) >= 0 && bits.compareTo(MAX) <= 0) {
        return bits.longValueExact();
      }
    }
    throw new IllegalArgumentException(
        "annotation %s = \"%s\": expected a quantity of bits/s from 1k to 1P, like 10M"
            .formatted(name, text));
  }

  private static BigDecimal bits(String number, String suffix) {
    BigDecimal value = new BigDecimal(number);
    BigDecimal scaled =
        switch (suffix) {
          case "" -> value;
          case "n" -> value.movePointLeft(9);
          case "u" -> value.movePointLeft(6);
          case "m" -> value.movePointLeft(3);
          case "k" -> value.movePointRight(3);
          case "M" -> value.movePointRight(6);
          case "G" -> value.movePointRight(9);
          case "T" -> value.movePointRight(12);
          case "P" -> value.movePointRight(15);
          case "E" -> value.movePointRight(18);
          case "Ki" -> value.multiply(BigDecimal.valueOf(1L << 10));
          case "Mi" -> value.multiply(BigDecimal.valueOf(1L << 20));
          case "Gi" -> value.multiply(BigDecimal.valueOf(1L << 30));
          case "Ti" -> value.multiply(BigDecimal.valueOf(1L << 40));
          case "Pi" -> value.multiply(BigDecimal.valueOf(1L << 50));
          case "Ei" -> value.multiply(BigDecimal.valueOf(1L << 60));
          default -> new BigDecimal(number + suffix);
        };
    return scaled.setScale(0, RoundingMode.CEILING);
  }
}
