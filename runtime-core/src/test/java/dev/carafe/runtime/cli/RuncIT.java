package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same command lines to runc and to us: same exit codes, same words. */
class RuncIT {
  private static final Path RUNC = Path.of("/usr/sbin/runc");
  private static final List<List<String>> LINES =
      List.of(
          List.of("state", "nope"),
          List.of("state"),
          List.of("kill", "nope"),
          List.of("delete", "nope"),
          List.of("delete", "-f", "nope"),
          List.of("exec", "nope", "x"),
          List.of("start", "nope"),
          List.of("pause", "nope"),
          List.of("list", "-f", "bad"),
          List.of("list", "--bad"),
          List.of("run", "x/y"),
          List.of("create", "c", "--bundle", "/nonexistent"),
          List.of(),
          List.of("nope"),
          List.of("help"),
          List.of("help", "nope"),
          List.of("state", "--help"),
          List.of("kill"),
          List.of("kill", "nope", "BAD"),
          List.of("exec"),
          List.of("exec", "nope"),
          List.of("events", "--stats", "nope"),
          List.of("update", "nope"),
          List.of("resume", "nope"),
          List.of("ps", "nope"),
          List.of("list"),
          List.of("list", "-q"),
          List.of("list", "--format", "json"),
          List.of("checkpoint", "--help"),
          List.of("restore", "--lsm-mount-context"),
          List.of("features"),
          List.of("spec", "--bad"),
          List.of("state", "a", "b"),
          List.of("run"),
          List.of("create", "--console-socket", "/tmp/none", "c"));
  private static final List<List<String>> LIFE =
      List.of(
          List.of("create", "c"),
          List.of("create", "c"),
          List.of("delete", "c", "extra"),
          List.of("pause", "c"),
          List.of("start", "c"),
          List.of("resume", "c"),
          List.of("start", "c"),
          List.of("start", "c"),
          List.of("exec", "c", "sh", "-c", "exit 5"),
          List.of("exec", "c", "nope"),
          List.of("exec", "--cwd", "relative", "c", "true"),
          List.of("exec", "-u", "5:6", "c", "id", "-u"),
          List.of("pause", "c"),
          List.of("pause", "c"),
          List.of("exec", "c", "true"),
          List.of("delete", "c"),
          List.of("resume", "c"),
          List.of("resume", "c"),
          List.of("update", "--pids-limit", "50", "c"),
          List.of("kill", "c", "0"),
          List.of("kill", "c", "NOSUCH"),
          List.of("delete", "c"),
          List.of("delete", "-f", "c"),
          List.of("state", "c"));

  @TempDir Path directory;

  @BeforeEach
  void prerequisites() {
    Carafe.assumePossible();
    assumeTrue(Files.isExecutable(RUNC), "SKIP runc: no " + RUNC + " to compare with");
  }

  private static String words(String text) {
    return text.replaceAll("time=\"[^\"]*\"", "")
        .replaceAll("[^ \"]*(runc|carafe)(\\W)", "X$2")
        .strip();
  }

  /** What of two results differs: code, stderr, stdout; help and tables are each one's own. */
  private static String difference(Carafe.Result theirs, Carafe.Result ours) {
    List<String> different = new ArrayList<>();
    if (ours.code() != theirs.code()) {
      different.add("code");
    }
    if (!words(ours.err()).equals(words(theirs.err()))) {
      different.add("stderr");
    }
    if (ours.out().isEmpty() != theirs.out().isEmpty()) {
      different.add("stdout");
    }
    return String.join(",", different);
  }

  private static String brief(Carafe.Result result) {
    return result.code()
        + " "
        + words(result.err())
        + " "
        + result.out().substring(0, Math.min(60, result.out().length())).replace('\n', ' ');
  }

  private static Map<String, String> known() throws Exception {
    Map<String, String> known = new TreeMap<>();
    try (InputStream in = RuncIT.class.getResourceAsStream("runc-differences.txt")) {
      new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" \\| ", 3))
          .forEach(fields -> known.put(fields[0], fields[1]));
    }
    return known;
  }

  private void compare(Carafe carafe, String place, List<List<String>> lines) throws Exception {
    Map<String, String> known = known();
    Map<String, String> expected = new TreeMap<>();
    Map<String, String> found = new TreeMap<>();
    StringBuilder details = new StringBuilder();
    List<Carafe.Result> theirs = new ArrayList<>();
    Path asRunc = directory.resolve("install/bin/runc");
    Files.createSymbolicLink(asRunc, Path.of("carafe"));
    for (List<String> words : lines) {
      theirs.add(carafe.execute(RUNC.toString(), below("r", words)));
    }
    try (FrontServer _ = FrontServer.start(directory.resolve("f.sock"), complaint -> {})) {
      for (int i = 0; i < lines.size(); i++) {
        List<String> warm =
            new ArrayList<>(
                List.of("CARAFE_FRONT_SOCKET=" + directory.resolve("f.sock"), asRunc.toString()));
        warm.addAll(below("c", lines.get(i)));
        Carafe.Result ours = carafe.execute("/usr/bin/env", warm);
        String name = place + i + " " + String.join(" ", lines.get(i));
        String difference = difference(theirs.get(i), ours);
        if (known.containsKey(name)) {
          expected.put(name, known.get(name));
        }
        if (!difference.isEmpty()) {
          found.put(name, difference);
          details.append(name).append("\n  runc   ").append(brief(theirs.get(i)));
          details.append("\n  carafe ").append(brief(ours)).append('\n');
        }
      }
    }
    assertThat(found).as(details.toString()).isEqualTo(expected);
  }

  private List<String> below(String root, List<String> words) throws Exception {
    Path existing = Files.createDirectories(directory.resolve(root));
    List<String> line = new ArrayList<>(List.of("--root", existing.toString()));
    line.addAll(words);
    return line;
  }

  @Test
  void failuresReadAsRuncs() throws Exception {
    Carafe carafe = Carafe.install(directory);
    carafe.configure("c", "true");
    compare(carafe, "line ", LINES);
  }

  @Test
  void aContainersLifeGoesAsRuncs() throws Exception {
    Carafe carafe = Carafe.install(directory);
    carafe.configure("c", "sleep", "1000");
    try {
      compareLife(carafe);
    } finally {
      carafe.execute(RUNC.toString(), below("r", List.of("delete", "-f", "c")));
      carafe.execute(carafe.program(), below("c", List.of("delete", "-f", "c")));
      carafe.clean();
    }
  }

  /** Two containers of one bundle: each in a cgroup of its own, for the path is the id's. */
  private void compareLife(Carafe carafe) throws Exception {
    ObjectNode config = Carafe.template("c", "sleep", "1000");
    ((ObjectNode) config.path("linux")).remove("cgroupsPath");
    carafe.write(config);
    compare(carafe, "life ", LIFE);
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
