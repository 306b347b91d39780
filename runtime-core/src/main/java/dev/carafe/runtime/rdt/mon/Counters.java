package dev.carafe.runtime.rdt.mon;

import dev.carafe.runtime.linux.KernelFiles;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The counters of a group in one L3 domain (kernel: filesystems/resctrl.rst, mon_data). Null for
 * what the hardware does not count, and for what it can't say now ("Unavailable", "Error").
 * Unsigned 64-bit numbers.
 *
 * @param occupancy bytes in the cache
 * @param localBytes bytes moved from and to the domain's own memory since the group was made
 * @param totalBytes all bytes moved since then
 */
public record Counters(
    @Nullable Long occupancy, @Nullable Long localBytes, @Nullable Long totalBytes) {
  private static final String DOMAIN_PREFIX = "mon_L3_";

  /**
   * Reads the counters of a control or monitoring group, by domain. Each read may interrupt a CPU
   * of its domain, so don't do it on an event loop.
   *
   * @return empty when the group is gone or has no counters
   */
  public static SortedMap<Integer, Counters> read(Path group) throws IOException {
    SortedMap<Integer, Counters> domains = new TreeMap<>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(group.resolve("mon_data"), DOMAIN_PREFIX + "*")) {
      for (Path entry : entries) {
        String id = entry.getFileName().toString().substring(DOMAIN_PREFIX.length());
        if (id.matches("[0-9]{1,9}")) {
          domains.put(
              Integer.parseInt(id),
              new Counters(
                  counter(entry.resolve("llc_occupancy")),
                  counter(entry.resolve("mbm_local_bytes")),
                  counter(entry.resolve("mbm_total_bytes"))));
        }
      }
    } catch (DirectoryIteratorException | IOException failure) {
      // A group that is removed between two reads answers in several ways.
      if (!Files.isDirectory(group.resolve("mon_data"))) {
        return new TreeMap<>();
      }
      throw failure instanceof DirectoryIteratorException wrapped
          ? wrapped.getCause()
          : (IOException) failure;
    }
    return domains;
  }

  /** An unsigned number as a floating one. */
  public static double toDouble(long unsigned) {
    return unsigned >= 0 ? (double) unsigned : (double) (unsigned >>> 1) * 2;
  }

  private static @Nullable Long counter(Path file) {
    try {
      return Long.parseUnsignedLong(KernelFiles.read(file));
    } catch (IOException | NumberFormatException unreadable) {
      return null;
    }
  }
}
