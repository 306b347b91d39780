package dev.carafe.e2e.bench;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The command line.
 *
 * @param images an OCI layout with the images
 * @param carafed the program
 * @param work an empty directory on a disk
 * @param state an empty directory on a tmpfs
 * @param cgroup the absolute path of a cgroup of ours
 * @param blocks how many rounds on each runtime
 * @param pods in each round
 * @param dense pods for the density figures
 * @param starts of the agent for its first answer
 * @param idle how long the agent rests before its memory is read
 * @param judge whether a figure above its limit fails
 */
record Options(
    Path images,
    Path carafed,
    Path work,
    Path state,
    String cgroup,
    int blocks,
    int pods,
    int dense,
    int starts,
    Duration idle,
    boolean judge) {
  static final String USAGE =
      """
      usage: Bench --images LAYOUT --carafed PROGRAM --work DIR --state DIR --cgroup /PATH [--quick]
                   [--blocks N] [--pods N] [--dense N] [--starts N] [--idle SECONDS]
      --quick: one small round of everything, limits shown and not judged.
      """;

  Options {
    requireNonNull(images, "images is null");
    requireNonNull(carafed, "carafed is null");
    requireNonNull(work, "work is null");
    requireNonNull(state, "state is null");
    requireNonNull(cgroup, "cgroup is null");
    requireNonNull(idle, "idle is null");
  }

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException that names the wrong argument
   */
  static Options parse(List<String> arguments) {
    Map<String, String> values = new HashMap<>();
    boolean quick = false;
    for (int i = 0; i < arguments.size(); i++) {
      String name = arguments.get(i);
      if (name.equals("--quick")) {
        quick = true;
      } else if (name.startsWith("--") && i + 1 < arguments.size()) {
        values.put(name, arguments.get(++i));
      } else {
        throw new IllegalArgumentException("argument '" + name + "', expected --NAME VALUE");
      }
    }
    Options options =
        new Options(
            Path.of(take(values, "--images", "")),
            Path.of(take(values, "--carafed", "")),
            Path.of(take(values, "--work", "")),
            Path.of(take(values, "--state", "")),
            take(values, "--cgroup", ""),
            number(values, "--blocks", quick ? 1 : 5),
            number(values, "--pods", quick ? 4 : 20),
            number(values, "--dense", quick ? 10 : 110),
            number(values, "--starts", quick ? 1 : 7),
            Duration.ofSeconds(number(values, "--idle", quick ? 1 : 60)),
            !quick);
    if (!values.isEmpty()) {
      throw new IllegalArgumentException("unknown options " + values.keySet());
    }
    return options;
  }

  private static int number(Map<String, String> values, String name, int otherwise) {
    String text = take(values, name, Integer.toString(otherwise));
    try {
      int number = Integer.parseInt(text);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException notOne) {
      // Said below.
    }
    throw new IllegalArgumentException(name + " is '" + text + "', expected a number from 1");
  }

  private static String take(Map<String, String> values, String name, String otherwise) {
    String value = values.remove(name);
    String taken = value == null ? otherwise : value;
    if (taken.isEmpty()) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return taken;
  }
}
