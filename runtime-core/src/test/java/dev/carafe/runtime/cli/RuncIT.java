package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same command lines to runc and to us: same exit codes, same words, same files. They stand in
 * runc-lines.txt; where the two differ, and why, stands in runc-differences.txt.
 */
class RuncIT {
  private static final Path RUNC = Path.of("/usr/sbin/runc");

  /** What stands between apostrophes is one word. */
  private static final Pattern WORD = Pattern.compile("'([^']*)'|[^ ]+");

  @TempDir Path directory;
  private OutputShape shape = new OutputShape(Set.of());

  /** What a command line did; files are those that it wrote below its runtime's directory. */
  private record Outcome(int code, String err, String out, Map<String, String> files) {
    /** What differs: code, stderr, stdout, files. */
    String difference(Outcome other) {
      List<String> different = new ArrayList<>();
      if (code != other.code) {
        different.add("code");
      }
      if (!err.equals(other.err)) {
        different.add("stderr");
      }
      if (!out.equals(other.out)) {
        different.add("stdout");
      }
      if (!files.equals(other.files)) {
        different.add("files");
      }
      return String.join(",", different);
    }
  }

  @BeforeEach
  void prerequisites() throws Exception {
    Carafe.assumePossible();
    assumeTrue(Files.isExecutable(RUNC), "SKIP runc: no " + RUNC + " to compare with");
    shape = new OutputShape(known("option").keySet());
  }

  private static List<String> resource(String name) throws IOException {
    try (InputStream in = RuncIT.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#") && !line.isBlank())
          .toList();
    }
  }

  /** The command lines of a part, in order; one that comes again has its number behind it. */
  private static Map<String, List<String>> lines(String part) throws IOException {
    Map<String, List<String>> lines = new LinkedHashMap<>();
    Map<String, Integer> seen = new HashMap<>();
    for (String line : resource("runc-lines.txt")) {
      String[] columns = line.split(": ?", 2);
      if (columns[0].equals(part)) {
        int count = seen.merge(columns[1], 1, Integer::sum);
        lines.put(line + (count == 1 ? "" : " (" + count + ")"), words(columns[1]));
      }
    }
    return lines;
  }

  private static List<String> words(String line) {
    return WORD.matcher(line)
        .results()
        .map(word -> word.group(1) == null ? word.group() : word.group(1))
        .toList();
  }

  private static Map<String, String> known(String part) throws IOException {
    Map<String, String> known = new TreeMap<>();
    for (String line : resource("runc-differences.txt")) {
      String[] columns = line.split(" \\| ", 3);
      assertThat(columns).as(line).hasSize(3);
      if (columns[0].startsWith(part + ": ") || columns[0].equals(part + ":")) {
        known.put(part.equals("option") ? columns[0].substring(8) : columns[0], columns[1]);
      }
    }
    return known;
  }

  private void compare(Carafe carafe, String part) throws Exception {
    Map<String, String> found = new TreeMap<>();
    StringBuilder details = new StringBuilder();
    Map<String, List<String>> lines = lines(part);
    assertThat(lines).hasSizeGreaterThan(10);
    Map<String, Outcome> theirs = new HashMap<>();
    for (Map.Entry<String, List<String>> line : lines.entrySet()) {
      theirs.put(line.getKey(), run(carafe, "theirs", List.of(), RUNC, line.getValue()));
    }
    Path asRunc = directory.resolve("install/bin/runc");
    Files.createSymbolicLink(asRunc, Path.of("carafe"));
    Path socket = directory.resolve("f.sock");
    List<String> warm = List.of("CARAFE_FRONT_SOCKET=" + socket);
    try (FrontServer _ = FrontServer.start(socket, complaint -> {})) {
      for (Map.Entry<String, List<String>> line : lines.entrySet()) {
        Outcome their = Objects.requireNonNull(theirs.get(line.getKey()));
        Outcome our = run(carafe, "ours", warm, asRunc, line.getValue());
        String difference = their.difference(our);
        if (!difference.isEmpty()) {
          found.put(line.getKey(), difference);
          details.append("%s%n  runc   %s%n  carafe %s%n".formatted(line.getKey(), their, our));
        }
      }
    }
    assertThat(found).as(details.toString()).isEqualTo(known(part));
  }

  /** In words @ is the runtime's own directory; what is written there is taken and removed. */
  private Outcome run(
      Carafe carafe, String name, List<String> variables, Path program, List<String> words)
      throws Exception {
    Path own = Files.createDirectories(directory.resolve(name));
    Path state = Files.createDirectories(directory.resolve(name + "-state"));
    List<String> line = new ArrayList<>(variables);
    line.addAll(List.of(program.toString(), "--root", state.toString()));
    words.forEach(word -> line.add(word.replace("@", own.toString())));
    Carafe.Result result = carafe.execute("/usr/bin/env", line);
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> written = Files.walk(own).sorted(Comparator.reverseOrder())) {
      for (Path file : written.filter(path -> !path.equals(own)).toList()) {
        if (Files.isRegularFile(file)) {
          String text = Files.readString(file).replace(name, "@");
          files.put(own.relativize(file).toString(), shape.of(text));
        }
        Files.delete(file);
      }
    }
    String err = OutputShape.words(result.err().replace(name, "@"));
    return new Outcome(result.code(), err, shape.of(result.out().replace(name, "@")), files);
  }

  @Test
  void failuresReadAsRuncs() throws Exception {
    Carafe carafe = Carafe.install(directory);
    carafe.configure("c", "true");
    try {
      compare(carafe, "line");
      assertThat(shape.seen()).isEqualTo(known("option").keySet());
    } finally {
      clear(carafe);
    }
  }

  private void clear(Carafe carafe) throws Exception {
    List<String> delete = List.of("delete", "-f", "c");
    run(carafe, "theirs", List.of(), RUNC, delete);
    run(carafe, "ours", List.of(), Path.of(carafe.program()), delete);
    Carafe.removeCgroups();
  }

  /** Two containers of one bundle: each in a cgroup of its own, for the path is the id's. */
  @Test
  void aContainersLifeGoesAsRuncs() throws Exception {
    Carafe carafe = Carafe.install(directory);
    ObjectNode config = Carafe.template("c", "sleep", "1000");
    ((ObjectNode) config.path("linux")).remove("cgroupsPath");
    carafe.write(config);
    try {
      compare(carafe, "life");
    } finally {
      clear(carafe);
    }
  }

  /** A figure to read, not a limit: the machine is shared. */
  @Test
  void coldRunIsTimed() throws Exception {
    Carafe carafe = Carafe.install(directory);
    carafe.configure("c", "true");
    try {
      for (int i = 0; i < 3; i++) {
        long start = System.nanoTime();
        assertThat(carafe.run("run", "c").code()).isZero();
        long ours = System.nanoTime();
        Carafe.Result theirs =
            carafe.execute(
                RUNC.toString(), List.of("--root", directory.resolve("r").toString(), "run", "c"));
        assertThat(theirs.code()).as(theirs.err()).isZero();
        System.out.printf(
            "cold run of true: carafe %d ms, runc %d ms%n",
            (ours - start) / 1_000_000, (System.nanoTime() - ours) / 1_000_000);
      }
    } finally {
      carafe.clean("c");
    }
  }
}
