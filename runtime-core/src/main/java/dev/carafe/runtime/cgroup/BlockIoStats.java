package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.cgroup.CgroupStats.BlockIo;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the block I/O counters of both cgroup versions. */
final class BlockIoStats {
  private static final Pattern LEGACY = Pattern.compile("(\\d+):(\\d+) (Read|Write) (\\d+)");
  private static final Pattern UNIFIED =
      Pattern.compile("(\\d+):(\\d+) rbytes=(\\d+) wbytes=(\\d+) rios=(\\d+) wios=(\\d+)");

  private BlockIoStats() {}

  /** From io.stat. */
  static List<BlockIo> unified(String stat) {
    return UNIFIED
        .matcher(stat)
        .results()
        .map(line ->
            new BlockIo(
                Long.parseLong(line.group(1)),
                Long.parseLong(line.group(2)),
                Long.parseLong(line.group(3)),
                Long.parseLong(line.group(4)),
                Long.parseLong(line.group(5)),
                Long.parseLong(line.group(6))))
        .toList();
  }

  /** From blkio.throttle.io_service_bytes_recursive and io_serviced_recursive. */
  static List<BlockIo> legacy(String bytes, String operations) {
    Map<String, long[]> devices = new TreeMap<>();
    collect(bytes, 2, devices);
    collect(operations, 4, devices);
    return devices.values().stream()
        .map(v -> new BlockIo(v[0], v[1], v[2], v[3], v[4], v[5]))
        .toList();
  }

  private static void collect(String text, int column, Map<String, long[]> devices) {
    Matcher line = LEGACY.matcher(text);
    while (line.find()) {
      long[] values =
          devices.computeIfAbsent(line.group(1) + ":" + line.group(2), key -> new long[6]);
      values[0] = Long.parseLong(line.group(1));
      values[1] = Long.parseLong(line.group(2));
      values[column + (line.group(3).equals("Read") ? 0 : 1)] = Long.parseLong(line.group(4));
    }
  }
}
