package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.Signal;
import java.util.Locale;
import java.util.Map;

/**
 * The signal that asks a container to end (KEP-4960).
 *
 * @param cri as ContainerStatus shows it
 * @param number the kernel's number on x86-64 and arm64; the C library keeps 32 and 33, so that
 *     SIGRTMIN is 34
 */
public record StopSignal(Signal cri, int number) {
  /** What a container gets that names none. */
  public static final StopSignal SIGTERM = new StopSignal(Signal.SIGNAL_SIGTERM, 15);

  private static final int RTMIN = 34;
  private static final int RTMAX = 64;
  private static final Map<String, Integer> NUMBERS =
      Map.ofEntries(
          Map.entry("SIGHUP", 1),
          Map.entry("SIGINT", 2),
          Map.entry("SIGQUIT", 3),
          Map.entry("SIGILL", 4),
          Map.entry("SIGTRAP", 5),
          Map.entry("SIGABRT", 6),
          Map.entry("SIGIOT", 6),
          Map.entry("SIGBUS", 7),
          Map.entry("SIGFPE", 8),
          Map.entry("SIGKILL", 9),
          Map.entry("SIGUSR1", 10),
          Map.entry("SIGSEGV", 11),
          Map.entry("SIGUSR2", 12),
          Map.entry("SIGPIPE", 13),
          Map.entry("SIGALRM", 14),
          Map.entry("SIGTERM", 15),
          Map.entry("SIGSTKFLT", 16),
          Map.entry("SIGCHLD", 17),
          Map.entry("SIGCLD", 17),
          Map.entry("SIGCONT", 18),
          Map.entry("SIGSTOP", 19),
          Map.entry("SIGTSTP", 20),
          Map.entry("SIGTTIN", 21),
          Map.entry("SIGTTOU", 22),
          Map.entry("SIGURG", 23),
          Map.entry("SIGXCPU", 24),
          Map.entry("SIGXFSZ", 25),
          Map.entry("SIGVTALRM", 26),
          Map.entry("SIGPROF", 27),
          Map.entry("SIGWINCH", 28),
          Map.entry("SIGIO", 29),
          Map.entry("SIGPOLL", 29),
          Map.entry("SIGPWR", 30),
          Map.entry("SIGSYS", 31));

  /** Checks that nothing is missing. */
  public StopSignal {
    requireNonNull(cri, "cri");
  }

  /**
   * The configuration's signal, else the image's, else SIGTERM.
   *
   * @throws Failure INVALID when either names no signal
   */
  static StopSignal choose(Signal configured, ImageContext image) {
    if (configured == Signal.UNRECOGNIZED) {
      throw Failure.invalid("stop_signal: not a value of the enum Signal; expected 0 to 65");
    }
    if (configured != Signal.SIGNAL_RUNTIME_DEFAULT) {
      return new StopSignal(configured, number(name(configured)));
    }
    return image.stopSignal().isEmpty() ? SIGTERM : ofImage(image);
  }

  private static StopSignal ofImage(ImageContext image) {
    String text = image.stopSignal().toUpperCase(Locale.ROOT);
    int wanted =
        text.chars().allMatch(Character::isDigit) && text.length() < 4
            ? Integer.parseInt(text)
            : number(text.startsWith("SIG") ? text : "SIG" + text);
    for (Signal signal : Signal.values()) {
      boolean named = signal != Signal.SIGNAL_RUNTIME_DEFAULT && signal != Signal.UNRECOGNIZED;
      if (named && number(name(signal)) == wanted) {
        return new StopSignal(signal, wanted);
      }
    }
    throw Failure.invalid(
        "image %s: its StopSignal \"%s\" is no signal; expected a name such as SIGTERM or a number from 1 to 64"
            .formatted(image.imageRef(), image.stopSignal()));
  }

  /** SIGNAL_SIGRTMINPLUS3 is SIGRTMIN+3. */
  private static String name(Signal signal) {
    return signal
        .name()
        .substring("SIGNAL_".length())
        .replace("MINPLUS", "MIN+")
        .replace("MAXMINUS", "MAX-");
  }

  /** The number of an upper case name; 0 for one that is no signal. */
  private static int number(String name) {
    if (name.startsWith("SIGRTMIN")) {
      return realTime(RTMIN, name.substring("SIGRTMIN".length()), '+');
    }
    if (name.startsWith("SIGRTMAX")) {
      return realTime(RTMAX, name.substring("SIGRTMAX".length()), '-');
    }
    return NUMBERS.getOrDefault(name, 0);
  }

  private static int realTime(int base, String offset, char sign) {
    if (offset.isEmpty()) {
      return base;
    }
    if (!offset.matches("[+-]\\d{1,2}") || offset.charAt(0) != sign) {
      return 0;
    }
    int number = base + Integer.parseInt(offset);
    return number < RTMIN || number > RTMAX ? 0 : number;
  }
}
