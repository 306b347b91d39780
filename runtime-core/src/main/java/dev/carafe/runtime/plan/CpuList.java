package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.SpecException;
import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Lists of CPUs or NUMA nodes as the kernel writes them: 0-3,7. */
final class CpuList {
  private static final Pattern RANGE = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?");
  private static final int LIMIT = 65_536;

  private CpuList() {}

  /** The list as a bit mask, lowest first; null is empty. */
  static Blob mask(String field, @Nullable String list) throws SpecException {
    BitSet bits = new BitSet();
    if (list != null) {
      for (String part : list.split(",", -1)) {
        range(field, list, part.strip(), bits);
      }
    }
    return Blob.of(bits.toByteArray());
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
