package dev.carafe.runtime.rdt.config;

import dev.carafe.runtime.rdt.config.CacheShare.Bits;
import dev.carafe.runtime.rdt.config.CacheShare.Percent;
import dev.carafe.runtime.rdt.config.CacheShare.Range;
import java.util.BitSet;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The small languages of single values. */
final class Values {
  /** Cache ids are eight-bit and signed to goresctrl. */
  private static final int HIGHEST_ID = 127;

  private static final int HIGHEST_BIT = 63;
  private static final int HIGHEST_PERCENT_OF_BANDWIDTH = 127;

  private static final Pattern PERCENT = Pattern.compile("([0-9]{1,9})%");
  private static final Pattern RANGE = Pattern.compile("([0-9]{1,9})-([0-9]{1,9})%");
  private static final Pattern MASK = Pattern.compile("0x0*([0-9a-fA-F]{1,16})");
  private static final Pattern LIST_PART = Pattern.compile("([0-9]{1,9})(?:-([0-9]{1,9}))?");
  private static final Pattern DIGITS = Pattern.compile("[0-9]{1,18}");

  private Values() {}

  /** Reads {@code 60%}, {@code 10-60%}, {@code 0xf0}, {@code 0-3} or {@code 3,4,5-7}. */
  static CacheShare cacheShare(String text, Where where) {
    if (!text.endsWith("%")) {
      return new Bits(mask(text, where));
    }
    Matcher percent = PERCENT.matcher(text);
    if (percent.matches()) {
      int value = Integer.parseInt(percent.group(1));
      if (value > 100) {
        throw new RdtConfigException(
            where, "invalid percentage value \"" + text + "\": more than 100 %");
      }
      return new Percent(value);
    }
    Matcher range = RANGE.matcher(text);
    if (range.matches()) {
      int low = Integer.parseInt(range.group(1));
      int high = Integer.parseInt(range.group(2));
      if (low > high || high > 100) {
        throw new RdtConfigException(
            where,
            "invalid percentage range \"" + text + "\": expected LOW-HIGH%, LOW <= HIGH <= 100");
      }
      return new Range(low, high);
    }
    throw new RdtConfigException(
        where, "invalid percentage \"" + text + "\": expected one like 60% or 10-60%");
  }

  private static long mask(String text, Where where) {
    long mask = 0;
    Matcher hex = MASK.matcher(text);
    if (hex.matches()) {
      mask = Long.parseUnsignedLong(hex.group(1), 16);
    } else if (text.startsWith("0x")) {
      throw new RdtConfigException(
          where, "invalid cache bitmask \"" + text + "\": not a hexadecimal number of 64 bits");
    } else {
      for (int bit : list(text, HIGHEST_BIT, "cache bitmask", where)) {
        mask |= 1L << bit;
      }
    }
    if (mask == 0) {
      throw new RdtConfigException(where, "invalid cache bitmask \"" + text + "\": no bit is set");
    }
    if (BitSet.valueOf(new long[] {mask}).nextClearBit(Long.numberOfTrailingZeros(mask))
        != Long.SIZE - Long.numberOfLeadingZeros(mask)) {
      throw new RdtConfigException(
          where,
          "invalid cache bitmask \"" + text + "\": non-contiguous, expected one run of ones");
    }
    return mask;
  }

  /** Reads a key such as {@code 0} or {@code 1-3,5}. */
  static SortedSet<Integer> cacheIds(String text, Where where) {
    return list(text, HIGHEST_ID, "list of cache ids", where);
  }

  private static SortedSet<Integer> list(String text, int highest, String what, Where where) {
    SortedSet<Integer> numbers = new TreeSet<>();
    if (text.isEmpty()) {
      return numbers;
    }
    for (String part : text.split(",", -1)) {
      Matcher matcher = LIST_PART.matcher(part);
      if (!matcher.matches()) {
        throw badList(text, what, "invalid integer \"" + part + "\"", where);
      }
      int first = Integer.parseInt(matcher.group(1));
      int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
      if (last > highest || first > highest) {
        throw badList(text, what, "\"" + part + "\" is above " + highest, where);
      }
      if (matcher.group(2) != null && last <= first) {
        throw badList(text, what, "invalid range \"" + part + "\"", where);
      }
      for (int i = first; i <= last; i++) {
        numbers.add(i);
      }
    }
    return numbers;
  }

  private static RdtConfigException badList(String text, String what, String reason, Where where) {
    return new RdtConfigException(
        where,
        "invalid " + what + " \"" + text + "\": " + reason + "; expected one like 0 or 1-3,5");
  }

  /** Reads a percentage of bandwidth; null when the text has another unit. */
  static @Nullable Long percent(String text, Where where) {
    return text.endsWith("%") ? number(text, "%", HIGHEST_PERCENT_OF_BANDWIDTH, where) : null;
  }

  /** Reads MB/s; null when the text has another unit. */
  static @Nullable Long megabytes(String text, Where where) {
    return text.endsWith("MBps")
        ? number(text, "MBps", BandwidthSpec.UNLIMITED_MEGABYTES, where)
        : null;
  }

  private static long number(String text, String unit, long highest, Where where) {
    String digits = text.substring(0, text.length() - unit.length());
    if (!DIGITS.matcher(digits).matches() || Long.parseLong(digits) > highest) {
      throw new RdtConfigException(
          where,
          "invalid memory bandwidth \""
              + text
              + "\": expected a whole number up to "
              + highest
              + " before "
              + unit);
    }
    return Long.parseLong(digits);
  }
}
