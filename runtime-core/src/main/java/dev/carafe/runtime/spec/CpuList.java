package dev.carafe.runtime.spec;

import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Lists of CPUs or NUMA nodes as the kernel writes them: 0-3,7. */
public final class CpuList {
  private static final Pattern RANGE = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?");
  private static final int LIMIT = 65_536;

  private CpuList() {}

  /**
   * The numbers of a list.
   *
   * @param field of the configuration that it is in
   * @param list null is empty
   * @throws SpecException when it is none, or has a number of 65,536 or more
   */
  public static BitSet numbers(String field, @Nullable String list) throws SpecException {
    BitSet bits = new BitSet();
    if (list != null) {
      for (String part : list.split(",", -1)) {
        range(field, list, part.strip(), bits);
      }
    }
    return bits;
  }

  private static void range(String field, String list, String part, BitSet bits)
      throws SpecException {
    Matcher matcher = RANGE.matcher(part);
    if (matcher.matches()) {
      int first = Integer.parseInt(matcher.group(1));
      int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
      if (first <= last && last < LIMIT) {
        bits.set(first, last + 1);
        return;
      }
    }
    throw new SpecException(field, "'" + list + "': expected a list such as 0-3,7, below " + LIMIT);
  }
}
