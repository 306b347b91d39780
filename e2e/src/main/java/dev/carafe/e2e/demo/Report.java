package dev.carafe.e2e.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the demo prints: steps with their time, and proofs with what the kernel said. */
final class Report {
  private static final int WIDTH = 88;
  private static final String BOLD = "1";
  private static final String GREEN = "32";
  private static final String RED = "31";
  private static final String YELLOW = "33";

  private final PrintStream out;
  private final boolean colour;
  private int held;
  private int failed;
  private int skipped;
  private @Nullable String step;
  private long begun;

  Report(PrintStream out, boolean colour) {
    this.out = out;
    this.colour = colour;
  }

  /** A headline. */
  void title(String text) {
    out.println(paint(BOLD, text));
  }

  /** A step begins; its time is told when it is {@link #done}. */
  void step(String text) {
    step = text;
    begun = System.nanoTime();
  }

  /** The step has ended well; proofs that follow belong to it. */
  void done() {
    long millis = Duration.ofNanos(System.nanoTime() - begun).toMillis();
    String time = millis + " ms";
    String text = String.valueOf(step);
    int dots = Math.max(3, WIDTH - text.length() - time.length() - 2);
    out.println();
    out.println(paint(BOLD, text) + " " + ".".repeat(dots) + " " + time);
  }

  /**
   * A claim, and the file that shows it.
   *
   * @param source the file that was read, or the call that was made
   * @param raw its content as read
   */
  void proof(boolean holds, String claim, Object source, List<String> raw) {
    if (holds) {
      held++;
    } else {
      failed++;
    }
    String mark = holds ? paint(GREEN, "ok  ") : paint(RED, "FAIL");
    out.println("  " + mark + " " + claim);
    out.println("       " + source);
    raw.forEach(line -> out.println("         " + line));
  }

  /** A proof whose prerequisite this machine lacks. */
  void skip(String name, String reason) {
    skipped++;
    out.println("  " + paint(YELLOW, "SKIP") + " " + name + ": " + reason);
  }

  /** A line without a claim. */
  void note(String text) {
    out.println("       " + text);
  }

  /** The last line. */
  void summary() {
    out.println();
    out.println("suite demo: %d passed, %d failed, %d skipped".formatted(held, failed, skipped));
  }

  /** Whether every proof held. */
  boolean good() {
    return failed == 0 && held > 0;
  }

  private String paint(String code, String text) {
    return colour ? "\033[" + code + "m" + text + "\033[0m" : text;
  }
}
