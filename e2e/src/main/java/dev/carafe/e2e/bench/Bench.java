package dev.carafe.e2e.bench;

import dev.carafe.e2e.images.ImageLayout;
import dev.carafe.e2e.registry.CertsDirectory;
import dev.carafe.e2e.registry.LoopbackRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code make bench}: carafed and containerd take turns, block by block, so that what else the
 * machine does meets both. It is started by {@code e2e/bench/run} in namespaces of its own. Exit
 * codes: 0 all within their limits, 1 not, or something failed, 2 wrong command line.
 */
public final class Bench {
  private static final int CLIENTS = 2;

  private Bench() {}

  /** Measures and prints. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Options options;
    try {
      options = Options.parse(List.of(args));
    } catch (IllegalArgumentException wrong) {
      System.err.println("bench: " + wrong.getMessage());
      System.err.print(Options.USAGE);
      System.exit(2);
      return;
    }
    Report report = new Report(System.out);
    Path certs = options.work().resolve("certs.d");
    try (LoopbackRegistry registry =
        LoopbackRegistry.start(ImageLayout.read(options.images()), 0)) {
      CertsDirectory.write(certs, registry.uri(), registry.hosts());
      Installation place =
          new Installation(
              options.work(), options.state(), options.carafed(), certs, options.cgroup());
      AgentFigures.measure(place, options, report);
      CommandLine.measure(place, options, report);
      sideBySide(place, options, report);
    }
    report.title(
        report.above() == 0
            ? "Every figure is within its limit."
            : report.above() + " figures are beyond their limits.");
    System.exit(options.judge() && report.above() > 0 ? 1 : 0);
  }

  private static void sideBySide(Installation place, Options options, Report report)
      throws IOException, InterruptedException {
    Path logs = place.work().resolve("logs");
    try (RuntimeProcess carafed = place.carafed("carafed");
        RuntimeProcess containerd = place.containerd()) {
      Pods ours = new Pods(carafed, logs, CLIENTS);
      Pods theirs = new Pods(containerd, logs, CLIENTS);
      Pods.pull(carafed.client(), Pods.IMAGE);
      Pods.pull(containerd.client(), Pods.IMAGE);
      Block.run(carafed, ours, "warm", options.pods());
      Block.run(containerd, theirs, "warm", options.pods());
      List<Timings> ourBlocks = new ArrayList<>();
      List<Timings> theirBlocks = new ArrayList<>();
      for (int i = 0; i < options.blocks(); i++) {
        boolean oursFirst = i % 2 == 0;
        if (oursFirst) {
          ourBlocks.add(Block.run(carafed, ours, "block" + i, options.pods()));
        }
        theirBlocks.add(Block.run(containerd, theirs, "block" + i, options.pods()));
        if (!oursFirst) {
          ourBlocks.add(Block.run(carafed, ours, "block" + i, options.pods()));
        }
      }
      report.title(
          "%d blocks of %d pods and %d clients on each runtime"
              .formatted(options.blocks(), options.pods(), CLIENTS));
      report.compare(ourBlocks, theirBlocks);
      Density.measure(carafed, ours, containerd, theirs, options.dense(), report);
    }
  }
}
