package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables in docs name tests that are there, and a test in every row. */
class DocumentedTestsTest {
  private static final Path HOME = Path.of(System.getProperty("carafe.home", ".."));
  private static final Pattern NAME = Pattern.compile("`(native: [^`]+|\\w+#\\w+)`");

  private static Map<String, String> javaTests() throws IOException {
    Map<String, String> sources = new HashMap<>();
    for (String module : List.of("runtime-core", "agent", "e2e")) {
      try (Stream<Path> files = Files.walk(HOME.resolve(module + "/src/test/java"))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          String name = String.valueOf(file.getFileName());
          sources.put(name.substring(0, name.length() - ".java".length()), Files.readString(file));
        }
      }
    }
    return sources;
  }

  private static String nativeTests() throws IOException {
    try (Stream<Path> files = Files.list(HOME.resolve("native/test"))) {
      StringBuilder all = new StringBuilder();
      for (Path file : files.filter(path -> path.toString().endsWith("_test.c")).toList()) {
        all.append(Files.readString(file));
      }
      return all.toString();
    }
  }

  /** Of all tables, without their heads. */
  private static List<String> rows(List<String> lines) {
    return IntStream.range(0, lines.size())
        .filter(i -> lines.get(i).startsWith("| ") && !lines.get(i + 1).startsWith("|---"))
        .mapToObj(lines::get)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/oci-fields.md", "docs/oci-security.md"})
  void everyRowNamesTestsThatAreThere(String document) throws Exception {
    Map<String, String> java = javaTests();
    String natives = nativeTests();
    List<String> stale = new ArrayList<>();
    List<String> rows = rows(Files.readAllLines(HOME.resolve(document)));
    assertThat(rows).hasSizeGreaterThan(10);
    for (String row : rows) {
      String tests = row.substring(row.lastIndexOf('|', row.length() - 2));
      Matcher names = NAME.matcher(tests);
      int count = 0;
      while (names.find()) {
        count++;
        if (!isThere(names.group(1), java, natives)) {
          stale.add(names.group(1));
        }
      }
      assertThat(count).as("tests in the row %s", row).isPositive();
    }
    assertThat(stale).isEmpty();
  }

  /** Each guard that the twin can do without has a row, and each that a row names is there. */
  @Test
  void theTwinsGuardsAreThose() throws Exception {
    Set<String> named = new TreeSet<>();
    for (String line : Files.readAllLines(HOME.resolve("docs/oci-security.md"))) {
      String[] columns = line.split(" \\| ", -1);
      if (columns.length == 4) {
        Pattern.compile("`([a-z-]+)`")
            .matcher(columns[2])
            .results()
            .forEach(guard -> named.add(guard.group(1)));
      }
    }
    String twin = Files.readString(HOME.resolve("native/test/twin/twin.c"));
    Set<String> guards = new TreeSet<>();
    Pattern.compile("off\\([^)\"]*\"([a-z-]+)\"(?: : \"([a-z-]+)\")?")
        .matcher(twin)
        .results()
        .forEach(guard -> {
          guards.add(guard.group(1));
          if (guard.group(2) != null) {
            guards.add(guard.group(2));
          }
        });
    assertThat(named).isEqualTo(guards).hasSizeGreaterThan(10);
  }

  private static boolean isThere(String name, Map<String, String> java, String natives) {
    if (name.startsWith("native: ")) {
      return natives.contains("\"" + name.substring("native: ".length()) + "\"");
    }
    String[] parts = name.split("#", 2);
    return java.getOrDefault(parts[0], "").contains(" " + parts[1] + "(");
  }
}
