package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.admin.v1.BlobProgress;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How far each layer is: on a terminal a line for each, drawn anew in its place, elsewhere a line
 * when a layer has come. For one thread.
 */
final class ProgressBars {
  private static final String UP = "\u001b[%dA";
  private static final String CLEAR_LINE = "\u001b[K";
  private static final int BAR = 24;

  /** Fits a terminal of 80 columns, for a line that wraps could not be drawn over. */
  private static final String FORMAT = "%s [%s] %9s / %-9s %s";

  private final PrintStream out;
  private final boolean terminal;
  private final LongSupplier nanoTime;
  private final Map<String, Mark> first = new HashMap<>();
  private final Map<String, String> told = new HashMap<>();
  private int drawn;

  /** Where a blob was when it was first seen to move. */
  private record Mark(long done, long nanos) {}

  ProgressBars(PrintStream out, boolean terminal, LongSupplier nanoTime) {
    this.out = requireNonNull(out, "out is null");
    this.terminal = terminal;
    this.nanoTime = requireNonNull(nanoTime, "nanoTime is null");
  }

  /** Bars on a stream of this process. */
  static ProgressBars on(PrintStream out, boolean terminal) {
    return new ProgressBars(out, terminal, System::nanoTime);
  }

  /** Shows the blobs as they are now. */
  void show(List<BlobProgress> blobs) {
    if (!terminal) {
      blobs.forEach(this::tell);
      return;
    }
    StringBuilder picture = new StringBuilder(drawn == 0 ? "" : UP.formatted(drawn));
    blobs.forEach(blob -> picture.append(line(blob)).append(CLEAR_LINE).append('\n'));
    drawn = blobs.size();
    out.print(picture);
    out.flush();
  }

  /** What comes next on the stream is something else. */
  void end() {
    drawn = 0;
  }

  private void tell(BlobProgress blob) {
    boolean here = blob.getState().equals("done") || blob.getState().equals("present");
    if (here && told.put(blob.getDigest(), blob.getState()) == null) {
      out.println(
          "%s %s %s"
              .formatted(
                  Sizes.shortId(blob.getDigest()),
                  Sizes.disk(blob.getSize()),
                  blob.getState().equals("done") ? "done" : "was here"));
    }
  }

  private String line(BlobProgress blob) {
    int filled = blob.getSize() == 0 ? BAR : (int) (BAR * blob.getDone() / blob.getSize());
    String bar =
        "=".repeat(Math.max(0, filled - 1))
            + (filled == 0 ? "" : filled == BAR ? "=" : ">")
            + " ".repeat(BAR - filled);
    return FORMAT.formatted(
        Sizes.shortId(blob.getDigest()),
        bar,
        Sizes.disk(blob.getDone()),
        Sizes.disk(blob.getSize()),
        words(blob));
  }

  private String words(BlobProgress blob) {
    return switch (blob.getState()) {
      case "done" -> "done";
      case "present" -> "was here";
      case "active" -> rate(blob);
      default -> "waits";
    };
  }

  private String rate(BlobProgress blob) {
    long now = nanoTime.getAsLong();
    Mark start = first.computeIfAbsent(blob.getDigest(), digest -> new Mark(blob.getDone(), now));
    double seconds = (now - start.nanos()) / 1e9;
    if (seconds <= 0) {
      return "";
    }
    double rate = (blob.getDone() - start.done()) / seconds;
    return String.format(Locale.ROOT, "%.1f MB/s", rate / 1e6);
  }
}
