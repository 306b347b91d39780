package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables in docs name tests that are there, and a test in every row. */
class DocumentedTestsTest {
  private static final Path HOME = Path.of(System.getProperty("carafe.home", ".."));
  private static final Pattern NAME = Pattern.compile("`(native: [^`]+|\\w+#\\w+)`");

  private static Map<String, String> javaTests() throws IOException {
    Map<String, String> sources = new HashMap<>();
    try (Stream<Path> files = Files.walk(HOME.resolve("runtime-core/src/test/java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        String name = String.valueOf(file.getFileName());
        sources.put(name.substring(0, name.length() - ".java".length()), Files.readString(file));
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

  @ParameterizedTest
  @ValueSource(strings = {"docs/oci-fields.md", "docs/oci-security.md"})
  void everyRowNamesTestsThatAreThere(String document) throws Exception {
    Map<String, String> java = javaTests();
    String natives = nativeTests();
    List<String> stale = new ArrayList<>();
    List<String> rows =
        Files.readAllLines(HOME.resolve(document)).stream()
            .filter(line -> line.startsWith("| "))
            .skip(1)
            .collect(Collectors.toList());
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

  private static boolean isThere(String name, Map<String, String> java, String natives) {
    if (name.startsWith("native: ")) {
      return natives.contains("\"" + name.substring("native: ".length()) + "\"");
    }
    String[] parts = name.split("#", 2);
    return java.getOrDefault(parts[0], "").contains(" " + parts[1] + "(");
  }
}
