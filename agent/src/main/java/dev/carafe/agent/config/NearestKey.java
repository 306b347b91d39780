package dev.carafe.agent.config;

import java.util.Comparator;
import java.util.stream.Stream;

/** Finds the key that somebody probably meant. */
final class NearestKey {
  private NearestKey() {}

  /**
   * The known key at the least edit distance; one with the same last word counts as nearest (a key
   * in the wrong table).
   */
  static String toKey(String unknown) {
    return nearest(unknown, ConfigKeys.ALL.stream().map(ConfigKey::name));
  }

  /**
   * The known table at the least edit distance, in its brackets; for a table inside a known one
   * that one.
   */
  static String toTable(String unknown) {
    if (unknown.contains(".")) {
      return "[" + unknown.substring(0, unknown.indexOf('.')) + "]";
    }
    Stream<String> tables =
        ConfigKeys.ALL.stream()
            .map(ConfigKey::name)
            .filter(name -> name.contains("."))
            .map(name -> name.substring(0, name.indexOf('.')));
    return "[" + nearest(unknown, tables) + "]";
  }

  private static String nearest(String unknown, Stream<String> known) {
    return known.min(Comparator.comparingInt(name -> distance(unknown, name))).orElseThrow();
  }

  private static int distance(String unknown, String known) {
    return lastWord(unknown).equals(lastWord(known)) ? 1 : levenshtein(unknown, known);
  }

  private static String lastWord(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static int levenshtein(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replace, Math.min(previous[j], row[j - 1]) + 1);
      }
      previous = row;
    }
    return previous[b.length()];
  }
}
