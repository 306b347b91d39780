package dev.carafe.runtime.linux;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Signal names and numbers of Linux on x86-64 and arm64 (signal(7)). */
public final class Signals {
  /** The first real-time signal that a C program can use (glibc and musl keep those below). */
  public static final int RTMIN = 34;

  /** The highest signal. */
  public static final int MAX = 64;

  private static final List<String> NAMES =
      List.of(
          "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
          "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
          "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS");

  private static final Map<String, Integer> ALIASES =
      Map.of("IOT", 6, "CLD", 17, "POLL", 29, "UNUSED", 31);

  private static final Pattern REAL_TIME = Pattern.compile("RT(MIN|MAX)(?:([+-])(\\d{1,2}))?");

  private Signals() {}

  /**
   * The number of a signal.
   *
   * @param text a number, or a name in any case, with or without SIG: {@code TERM}, {@code
   *     sigkill}, {@code SIGRTMIN+3}, {@code RTMAX-1}, {@code 9}
   * @return 1 to 64, or empty when there is no such signal
   */
  public static OptionalInt number(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    String name = upper.startsWith("SIG") ? upper.substring(3) : upper;
    int index = NAMES.indexOf(name);
    if (index >= 0) {
      return OptionalInt.of(index + 1);
    }
    Integer alias = ALIASES.get(name);
    return alias != null ? OptionalInt.of(alias) : numeric(upper, name);
  }

  private static OptionalInt numeric(String text, String name) {
    Matcher matcher = REAL_TIME.matcher(name);
    int number = 0;
    if (matcher.matches()) {
      int base = matcher.group(1).equals("MIN") ? RTMIN : MAX;
      int offset = matcher.group(3) == null ? 0 : Integer.parseInt(matcher.group(3));
      number = base + ("-".equals(matcher.group(2)) ? -offset : offset);
      return number >= RTMIN && number <= MAX ? OptionalInt.of(number) : OptionalInt.empty();
    }
    if (text.matches("[0-9]{1,3}")) {
      number = Integer.parseInt(text);
    }
    return number >= 1 && number <= MAX ? OptionalInt.of(number) : OptionalInt.empty();
  }

  /**
   * The name of a signal, such as {@code SIGTERM} or {@code SIGRTMIN+3}.
   *
   * @throws IllegalArgumentException for a number that is not in 1..64
   */
  public static String name(int number) {
    if (number < 1 || number > MAX) {
      throw new IllegalArgumentException("signal " + number + " is not in 1.." + MAX);
    }
    if (number <= NAMES.size()) {
      return "SIG" + NAMES.get(number - 1);
    }
    if (number < RTMIN) {
      return "SIG" + number;
    }
    return number == RTMIN ? "SIGRTMIN" : "SIGRTMIN+" + (number - RTMIN);
  }
}
