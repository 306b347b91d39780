package dev.carafe.e2e.train;

import dev.carafe.e2e.client.Carafed;
import dev.carafe.e2e.client.CriClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Prints what a tree costs: the time from exec to carafed's first answer, and its memory when idle.
 * Figures to look at; budgets are held by the benchmark.
 */
public final class Measure {
  private static final int STARTS = 5;
  private static final int IDLE_SECONDS = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Measure() {}

  /** Argument: the tree. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path work = Files.createDirectory(Path.of("/tmp/cm-" + ProcessHandle.current().pid()));
    try {
      measure(Path.of(args[0]), work);
    } finally {
      delete(work);
    }
  }

  private static void measure(Path tree, Path work) throws IOException, InterruptedException {
    Path socket = work.resolve("carafe.sock");
    Path config = work.resolve("carafe.toml");
    Files.writeString(
        config,
        "root = \"%1$s/root\"\nstate = \"%1$s/state\"\n[api]\nlisten = \"unix://%2$s\"\n"
            .formatted(work, socket));
    List<Long> millis = new ArrayList<>();
    String memory = "";
    for (int i = 0; i < STARTS; i++) {
      long begun = System.nanoTime();
      Carafed carafed = Carafed.start(tree, config, work.resolve("log"));
      try (CriClient client = CriClient.of(socket, PATIENCE)) {
        client.awaitVersion(PATIENCE);
        millis.add(Duration.ofNanos(System.nanoTime() - begun).toMillis());
        if (i == STARTS - 1) {
          TimeUnit.SECONDS.sleep(IDLE_SECONDS);
          memory = memory(carafed.pid());
        }
      } finally {
        carafed.stop();
      }
    }
    List<Long> sorted = millis.stream().sorted().toList();
    System.out.printf(
        "dist: first answer %d ms after exec (median of %s); idle %s%n",
        sorted.get(STARTS / 2), millis, memory);
  }

  /** RSS and its anonymous part, in MiB. */
  private static String memory(long pid) throws IOException {
    StringBuilder text = new StringBuilder();
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmRSS:") || line.startsWith("RssAnon:")) {
        String[] fields = line.split("\\s+", 3);
        text.append("%s %d MiB ".formatted(fields[0], Long.parseLong(fields[1]) / 1024));
      }
    }
    return text.toString().strip();
  }

  private static void delete(Path work) throws IOException {
    try (Stream<Path> all = Files.walk(work)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
