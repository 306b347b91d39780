package dev.carafe.e2e.bench;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Prints figures beside their limits, and remembers whether one was above. */
final class Report {
  private final PrintStream out;
  private int above;

  Report(PrintStream out) {
    this.out = out;
  }

  void title(String text) {
    out.println();
    out.println(text);
  }

  /** A remark without a limit. */
  void note(String text) {
    out.println("  " + text);
  }

  /** A figure that should be at most {@code limit}. */
  void figure(String name, double value, double limit, String unit) {
    out.printf(
        Locale.ROOT,
        "  %-28s %.1f %s (limit %s)%s%n",
        name,
        value,
        unit,
        // 350, and 13.9.
        String.format(Locale.ROOT, "%.1f", limit).replace(".0", ""),
        verdict(value > limit));
  }

  /**
   * A figure that should be at least {@code limit}.
   *
   * @param what the limit is, for people
   */
  void atLeast(String name, double value, double limit, String what) {
    out.printf(
        Locale.ROOT,
        "  %-28s %.1f (at least %.1f, %s)%s%n",
        name,
        value,
        limit,
        what,
        verdict(value < limit));
  }

  /** Each operation's medians over the blocks; the ratio is the median of the blocks' ratios. */
  void compare(List<Timings> ours, List<Timings> theirs) {
    columns("carafed", "containerd", ours.size());
    for (Operation operation : Operation.values()) {
      compare(
          operation.label(),
          ours.stream().map(block -> block.median(operation)).toList(),
          theirs.stream().map(block -> block.median(operation)).toList(),
          operation.limit());
    }
  }

  /** The heading of what {@link #compare} prints. */
  void columns(String ours, String theirs, int blocks) {
    out.printf(
        "  %-24s %10s %10s   ours/theirs, median of %d blocks%n", "ms", ours, theirs, blocks);
  }

  /**
   * What both did, in milliseconds.
   *
   * @param ours by block
   * @param theirs by block, as many
   * @param limit of the ratio
   */
  void compare(String label, List<Double> ours, List<Double> theirs, OptionalDouble limit) {
    double mine = Timings.median(ours);
    double yardstick = Timings.median(theirs);
    double ratio = ratio(ours, theirs);
    double most = limit.orElse(Double.POSITIVE_INFINITY);
    String bound =
        limit.isPresent() ? String.format(Locale.ROOT, " (limit %.2f)", limit.getAsDouble()) : "";
    out.printf(
        Locale.ROOT,
        "  %-24s %10.2f %10.2f   %.1f/%.1f = %.2f%s%s%n",
        label,
        mine,
        yardstick,
        mine,
        yardstick,
        ratio,
        bound,
        // As printed: 0.334 is 0.33.
        verdict(Math.round(ratio * 100) > Math.round(most * 100)));
  }

  private static double ratio(List<Double> ours, List<Double> theirs) {
    Double[] ratios = new Double[ours.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = ours.get(i) / theirs.get(i);
    }
    return Timings.median(List.of(ratios));
  }

  /** How many figures were beyond their limits. */
  int above() {
    return above;
  }

  private String verdict(boolean beyond) {
    if (beyond) {
      above++;
    }
    return beyond ? "  ABOVE" : "";
  }
}
