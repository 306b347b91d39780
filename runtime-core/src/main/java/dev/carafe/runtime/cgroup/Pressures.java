package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.cgroup.CgroupStats.Pressure;
import dev.carafe.runtime.cgroup.CgroupStats.Stall;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads pressure files (kernel: accounting/psi.rst). */
final class Pressures {
  private static final Pattern LINE =
      Pattern.compile(
          "(some|full) avg10=([0-9.]+) avg60=([0-9.]+) avg300=([0-9.]+) total=([0-9]+)");

  private Pressures() {}

  /** Both lines, a missing one as zeros; null for a text without any. */
  static @Nullable Pressure parse(String text) {
    Stall none = new Stall(0, 0, 0, 0);
    Stall some = none;
    Stall full = none;
    Matcher matcher = LINE.matcher(text);
    boolean found = false;
    while (matcher.find()) {
      found = true;
      Stall stall =
          new Stall(
              Long.parseLong(matcher.group(5)) * 1_000,
              Double.parseDouble(matcher.group(2)),
              Double.parseDouble(matcher.group(3)),
              Double.parseDouble(matcher.group(4)));
      if (matcher.group(1).equals("some")) {
        some = stall;
      } else {
        full = stall;
      }
    }
    return found ? new Pressure(some, full) : null;
  }
}
