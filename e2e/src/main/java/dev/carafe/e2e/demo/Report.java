package dev.carafe.e2e.demo;

import dev.carafe.e2e.picture.TerminalPicture;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
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
  private final List<String> transcript = new ArrayList<>();
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
    print(paint(BOLD, text));
  }

  /** All lines so far, in colour. */
  List<String> transcript() {
    return List.copyOf(transcript);
  }

  /** Whether everything was tried, and held. */
  boolean complete() {
    return good() && skipped == 0;
  }

  private void print(String line) {
    transcript.add(line);
    out.println(colour ? line : TerminalPicture.plain(line));
  }

  /** Begins proofs that belong to no step. */
  void section(String text) {
    print("");
    title(text);
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
    print("");
    print(paint(BOLD, text) + " " + ".".repeat(dots) + " " + time);
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
    print("  " + mark + " " + claim);
    print("       " + source);
    raw.forEach(line -> print("         " + line));
  }

  /**
   * Proofs whose prerequisite this machine lacks.
   *
   * @param reason {@code SKIP NAME: REASON}
   */
  void skip(String reason) {
    skipped++;
    print("  " + paint(YELLOW, reason));
  }

  /** A line without a claim. */
  void note(String text) {
    print("       " + text);
  }

  /** The last line. */
  void summary() {
    print("");
    print("suite demo: %d passed, %d failed, %d skipped".formatted(held, failed, skipped));
  }

  /** Whether every proof held. */
  boolean good() {
    return failed == 0 && held > 0;
  }

  private static String paint(String code, String text) {
    return "\033[" + code + "m" + text + "\033[0m";
  }
}
