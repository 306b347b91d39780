package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
          List.of("create", "c", "--bundle", "/nonexistent"));

  @TempDir Path directory;

  @BeforeEach
  void prerequisites() {
    Carafe.assumePossible();
    assumeTrue(Files.isExecutable(RUNC), "SKIP runc: no " + RUNC + " to compare with");
  }

  private static String words(Carafe.Result result) {
    return result
        .err()
        .replaceAll("time=\"[^\"]*\"", "")
        .replaceAll("[^ \"]*(runc|carafe)(\\W)", "X$2")
        .strip();
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
    for (List<String> words : LINES) {
      Carafe.Result theirs = carafe.execute(RUNC.toString(), below("r", words));
      Carafe.Result ours = carafe.execute(carafe.program(), below("c", words));
      assertThat(ours.code()).as("%s: %s", words, ours.err()).isEqualTo(theirs.code());
      assertThat(words(ours)).as("%s", words).isEqualTo(words(theirs));
      assertThat(ours.out().isEmpty())
          .as("%s: %s", words, ours.out())
          .isEqualTo(theirs.out().isEmpty());
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
