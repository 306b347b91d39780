package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.cgroup.CgroupStats.Pressure;
import dev.carafe.runtime.cgroup.CgroupStats.Stall;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * Reads pressure files (kernel: accounting/psi.rst), lines such as {@code some avg10=0.00
 * avg60=0.12 avg300=0.00 total=1234}. Three of them are read with each statistics of each cgroup:
 * no regular expressions here.
 */
final class Pressures {
  private static final Stall NONE = new Stall(0, 0, 0, 0);

  private Pressures() {}

  /** Both lines, a missing one as zeros; null for a text without any. */
  static @Nullable Pressure parse(String text) {
    Stall some = stall(text, "some ");
    Stall full = stall(text, "full ");
    return some == null && full == null
        ? null
        : new Pressure(some == null ? NONE : some, full == null ? NONE : full);
  }

  private static @Nullable Stall stall(String text, String name) {
    int start = text.indexOf(name);
    if (start < 0) {
      return null;
    }
    StringTokenizer fields = new StringTokenizer(text.substring(start + name.length()), "= \n");
    double avg10 = Double.parseDouble(after(fields, "avg10"));
    double avg60 = Double.parseDouble(after(fields, "avg60"));
    double avg300 = Double.parseDouble(after(fields, "avg300"));
    return new Stall(Long.parseLong(after(fields, "total")) * 1_000, avg10, avg60, avg300);
  }

  private static String after(StringTokenizer fields, String key) {
    while (fields.hasMoreTokens()) {
      if (fields.nextToken().equals(key)) {
        return fields.nextToken();
      }
    }
    return "0";
  }
}
