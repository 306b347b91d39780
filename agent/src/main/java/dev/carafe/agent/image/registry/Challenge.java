package dev.carafe.agent.image.registry;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One challenge of a WWW-Authenticate header (RFC 9110, 11.6.1).
 *
 * @param scheme lower case
 * @param parameters by lower-case name
 */
public record Challenge(String scheme, Map<String, String> parameters) {
  /** Checks for null and copies. */
  public Challenge {
    requireNonNull(scheme, "scheme is null");
    parameters = Map.copyOf(parameters);
  }

  /**
   * Parses a header's values: any number of challenges in each, parameters in any order, quoted or
   * not. What makes no sense is passed over, for the next challenge may be one that can be met.
   */
  public static List<Challenge> parse(List<String> headers) {
    List<Challenge> challenges = new ArrayList<>();
    for (String header : headers) {
      new Parser(header).into(challenges);
    }
    return List.copyOf(challenges);
  }

  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    void into(List<Challenge> challenges) {
      String scheme = null;
      Map<String, String> parameters = new LinkedHashMap<>();
      while (true) {
        skip(" \t,");
        if (at == text.length()) {
          break;
        }
        String word = word();
        if (word.isEmpty()) {
          at++;
          continue;
        }
        int afterWord = at;
        skip(" \t");
        if (at < text.length() && text.charAt(at) == '=' && scheme != null) {
          at++;
          skip(" \t");
          parameters.putIfAbsent(word.toLowerCase(Locale.ROOT), value());
        } else {
          at = afterWord;
          add(challenges, scheme, parameters);
          scheme = word.toLowerCase(Locale.ROOT);
          parameters.clear();
        }
      }
      add(challenges, scheme, parameters);
    }

    private static void add(
        List<Challenge> challenges,
        @org.jspecify.annotations.Nullable String scheme,
        Map<String, String> parameters) {
      if (scheme != null) {
        challenges.add(new Challenge(scheme, parameters));
      }
    }

    private void skip(String characters) {
      while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private String word() {
      int start = at;
      while (at < text.length() && " \t,=\"".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(start, at);
    }

    private String value() {
      if (at == text.length() || text.charAt(at) != '"') {
        int start = at;
        while (at < text.length() && " \t,".indexOf(text.charAt(at)) < 0) {
          at++;
        }
        return text.substring(start, at);
      }
      StringBuilder value = new StringBuilder();
      at++;
      while (at < text.length() && text.charAt(at) != '"') {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        value.append(text.charAt(at++));
      }
      at = Math.min(at + 1, text.length());
      return value.toString();
    }
  }
}
