import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * The table at the end of {@code make test}: suites with their counts, skips with their reasons,
 * and which of these this kind of machine should not have. Run as a source file: {@code
 * Results.java RESULTS_DIRECTORY EXPECTED_SKIPS}.
 */
final class Results {
  private static final Pattern SUITE =
      Pattern.compile("^(?:suite (\\S+): )?(\\d+) passed, (\\d+) failed, (\\d+) skipped$");
  private static final Pattern NOT_OK = Pattern.compile("^(not ok\\b|FAIL(ED)?\\b)");
  private static final Pattern SKIP = Pattern.compile("SKIP ([^:]+)(?:: (.*))?");

  private record Suite(String name, int passed, int failed, int skipped, String seconds) {}

  /** A line of the list: which machines, which skip, why. */
  private record Expected(String machine, String name, String reason) {
    boolean covers(String kind, Skip skip) {
      return (machine.equals("any") || machine.equals(kind))
          && name.equals(skip.name())
          && (reason.equals("*") || skip.reason().contains(reason));
    }
  }

  private record Skip(String name, String reason) {}

  private final List<Suite> suites = new ArrayList<>();
  private final Map<Skip, Integer> skips = new LinkedHashMap<>();
  private final List<String> failures = new ArrayList<>();

  public static void main(String[] args) throws Exception {
    Results results = new Results();
    results.maven(Path.of(args[0]));
    results.programs(Path.of(args[0]));
    System.exit(results.print(expected(Path.of(args[1]))) ? 0 : 1);
  }

  private static List<Expected> expected(Path file) throws IOException {
    List<Expected> list = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] fields = line.split("\\s*\\|\\s*", 3);
      if (fields.length != 3) {
        throw new IOException(file + ": expected MACHINE | NAME | REASON, got " + line);
      }
      list.add(new Expected(fields[0].strip(), fields[1].strip(), fields[2].strip()));
    }
    return list;
  }

  /** hybrid, v1 or v2, by how the machine has its cgroups. */
  private static String machine() {
    if (Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"))) {
      return "v2";
    }
    return Files.isDirectory(Path.of("/sys/fs/cgroup/unified")) ? "hybrid" : "v1";
  }

  /** A suite for each module and kind, from the reports of surefire and failsafe, if it ran. */
  private void maven(Path directory) throws Exception {
    Map<String, List<Path>> reports = new TreeMap<>();
    try (Stream<Path> files = Files.find(Path.of("."), 4, (file, about) -> isReport(file))) {
      for (Path file : files.toList()) {
        String kind = file.toString().contains("failsafe") ? "integration" : "unit";
        reports.computeIfAbsent(file.getName(1) + " " + kind, key -> new ArrayList<>()).add(file);
      }
    }
    for (Map.Entry<String, List<Path>> entry : reports.entrySet()) {
      suites.add(read(entry.getKey(), entry.getValue()));
    }
    Path file = directory.resolve("maven.end");
    if (!Files.exists(file)) {
      return;
    }
    String[] end = end(file);
    boolean built = end[0].equals("0");
    suites.add(new Suite("build", built ? 1 : 0, built ? 0 : 1, 0, end[1]));
    if (!built) {
      failures.add("build: mvn verify exited with " + end[0]);
    }
  }

  private static boolean isReport(Path file) {
    return file.getFileName().toString().matches("TEST-.*\\.xml")
        && file.getParent().getFileName().toString().matches("(surefire|failsafe)-reports");
  }

  private Suite read(String name, List<Path> files) throws Exception {
    int[] counts = new int[3];
    double seconds = 0;
    for (Path file : files) {
      Element root =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(file.toFile())
              .getDocumentElement();
      NodeList cases = root.getElementsByTagName("testcase");
      for (int i = 0; i < cases.getLength(); i++) {
        counts[outcome(name, (Element) cases.item(i))]++;
      }
      seconds += Double.parseDouble(root.getAttribute("time").replace(",", ""));
    }
    return new Suite(name, counts[0], counts[1], counts[2], Long.toString(Math.round(seconds)));
  }

  /** 0 passed, 1 failed, 2 skipped. */
  private int outcome(String suite, Element test) {
    NodeList skipped = test.getElementsByTagName("skipped");
    if (skipped.getLength() > 0) {
      Element reason = (Element) skipped.item(0);
      String message = reason.getAttribute("message") + reason.getTextContent();
      Matcher named = SKIP.matcher(message);
      skip(
          named.find()
              ? skip(named)
              : new Skip(
                  "unnamed",
                  test.getAttribute("classname") + ": " + message.lines().findFirst().orElse("")));
      return 2;
    }
    if (test.getElementsByTagName("failure").getLength() > 0
        || test.getElementsByTagName("error").getLength() > 0) {
      failures.add(suite + ": " + test.getAttribute("classname") + "." + test.getAttribute("name"));
      return 1;
    }
    return 0;
  }

  private static Skip skip(Matcher found) {
    String reason = found.group(2);
    return new Skip(found.group(1).strip(), reason == null ? "" : reason.strip());
  }

  private void skip(Skip skip) {
    skips.merge(skip, 1, Integer::sum);
  }

  /** Suites that are programs, by the last line that counts; all such lines of one add up. */
  private void programs(Path directory) throws IOException {
    try (Stream<Path> ends = Files.list(directory)) {
      for (Path end : ends.filter(file -> file.toString().endsWith(".end")).sorted().toList()) {
        String name = end.getFileName().toString().replace(".end", "");
        if (!name.equals("maven")) {
          program(name, end(end), directory.resolve(name + ".log"));
        }
      }
    }
  }

  private void program(String name, String[] end, Path log) throws IOException {
    int[] counts = new int[3];
    boolean counted = false;
    List<String> lines = new String(Files.readAllBytes(log), UTF_8).lines().toList();
    for (String line : lines) {
      Matcher suite = SUITE.matcher(line);
      Matcher skip = SKIP.matcher(line);
      if (suite.matches()) {
        counted = true;
        for (int i = 0; i < 3; i++) {
          counts[i] += Integer.parseInt(suite.group(i + 2));
        }
      } else if (skip.find()) {
        skip(skip(skip));
      }
    }
    boolean good = end[0].equals("0");
    if (!counted) {
      counts[good ? 0 : 1] = 1;
    } else if (!good && counts[1] == 0) {
      counts[1] = 1;
    }
    if (counts[1] > 0) {
      failures.add(name + ": " + counts[1] + " failed, exit code " + end[0] + "; see " + log);
      because(lines).forEach(line -> failures.add("  " + name + ": " + line));
    }
    suites.add(new Suite(name, counts[0], counts[1], counts[2], end[1]));
  }

  /**
   * What a machine whose logs are thrown away has to show: each failed test with what it said
   * before, else the log's end.
   */
  private static List<String> because(List<String> lines) {
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (NOT_OK.matcher(lines.get(i)).find()) {
        int from = i;
        while (from > 0 && lines.get(from - 1).startsWith("#")) {
          from--;
        }
        shown.addAll(lines.subList(from, i + 1));
      }
    }
    List<String> all = shown.isEmpty() ? lines : shown;
    return all.subList(Math.max(0, all.size() - 30), all.size());
  }

  private static String[] end(Path file) throws IOException {
    return Files.readString(file).strip().split(" ");
  }

  private boolean print(List<Expected> expected) {
    String kind = machine();
    System.out.printf("%-28s %8s %8s %8s %8s%n", "suite", "passed", "failed", "skipped", "seconds");
    int[] sums = new int[3];
    for (Suite suite : suites) {
      System.out.printf(
          "%-28s %8d %8d %8d %8s%n",
          suite.name(), suite.passed(), suite.failed(), suite.skipped(), suite.seconds());
      sums[0] += suite.passed();
      sums[1] += suite.failed();
      sums[2] += suite.skipped();
    }
    System.out.println();
    for (Map.Entry<Skip, Integer> entry : skips.entrySet()) {
      Skip skip = entry.getKey();
      boolean known = expected.stream().anyMatch(one -> one.covers(kind, skip));
      System.out.printf(
          "SKIP %s: %s (%d)%s%n",
          skip.name(), skip.reason(), entry.getValue(), known ? "" : "  <- UNEXPECTED");
      if (!known) {
        failures.add("unexpected skip on a " + kind + " machine: " + skip.name());
        sums[1]++;
      }
    }
    failures.forEach(failure -> System.out.println("FAIL " + failure));
    System.out.printf("%d passed, %d failed, %d skipped%n", sums[0], sums[1], sums[2]);
    return sums[1] == 0 && failures.isEmpty();
  }
}
