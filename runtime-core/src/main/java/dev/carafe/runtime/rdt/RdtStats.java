package dev.carafe.runtime.rdt;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.carafe.runtime.linux.KernelFiles;
import dev.carafe.runtime.rdt.RdtException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The {@code intel_rdt} object of {@code events --stats}, in the names and order of runc's JSON.
 * The counters are the container's own only if it has a monitoring group.
 *
 * @param l3CacheInfo what the L3 can do; null with code and data apart, and without
 * @param l3CacheSchemaRoot L3 line of the root class
 * @param l3CacheSchema L3 line of the container's class
 * @param memBwInfo what memory bandwidth allocation can do, or null
 * @param memBwSchemaRoot MB line of the root class
 * @param memBwSchema MB line of the container's class
 * @param schemata all lines of the container's class
 * @param mbmStats bandwidth counters by cache domain, ascending
 * @param cmtStats occupancy by cache domain, ascending
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record RdtStats(
    @JsonProperty("l3_cache_info") @Nullable CacheInfo l3CacheInfo,
    @JsonProperty("l3_cache_schema_root") @Nullable String l3CacheSchemaRoot,
    @JsonProperty("l3_cache_schema") @Nullable String l3CacheSchema,
    @JsonProperty("mem_bw_info") @Nullable BandwidthInfo memBwInfo,
    @JsonProperty("mem_bw_schema_root") @Nullable String memBwSchemaRoot,
    @JsonProperty("mem_bw_schema") @Nullable String memBwSchema,
    @JsonProperty("schemata") List<String> schemata,
    @JsonProperty("mbm_stats") List<Bandwidth> mbmStats,
    @JsonProperty("cmt_stats") List<Occupancy> cmtStats) {
  public RdtStats {
    schemata = List.copyOf(schemata);
    mbmStats = List.copyOf(mbmStats);
    cmtStats = List.copyOf(cmtStats);
  }

  /** {@code info/L3}. */
  public record CacheInfo(
      @JsonProperty("cbm_mask") String cbmMask,
      @JsonProperty("min_cbm_bits") int minCbmBits,
      @JsonProperty("num_closids") int closids) {
    public CacheInfo {
      Objects.requireNonNull(cbmMask, "cbmMask");
    }
  }

  /** {@code info/MB}. */
  public record BandwidthInfo(
      @JsonProperty("bandwidth_gran") int granularity,
      @JsonProperty("delay_linear") int linear,
      @JsonProperty("min_bandwidth") int minimum,
      @JsonProperty("num_closids") int closids) {}

  /** Bytes since the monitoring id was given out. */
  public record Bandwidth(
      @JsonProperty("mbm_total_bytes") long total, @JsonProperty("mbm_local_bytes") long local) {}

  /** Bytes in the cache now. */
  public record Occupancy(@JsonProperty("llc_occupancy") long bytes) {}

  /**
   * Reads the files of a container's class.
   *
   * @throws RdtException UNAVAILABLE without resctrl, KERNEL for a counter that is no number
   *     ("Unavailable", "Error")
   */
  public static RdtStats read(Path root, RdtAssignment place) {
    Resctrl resctrl = Resctrl.open(root);
    ResctrlInfo info = resctrl.info();
    ResctrlInfo.Cache cache = info.caches().get("L3");
    ResctrlInfo.Bandwidth bandwidth = info.bandwidth();
    List<String> rootLines = resctrl.schemata(root).lines();
    List<String> lines = resctrl.schemata(place.controlGroup()).lines();
    Path counters =
        place.monitoringGroup() == null ? place.controlGroup() : place.monitoringGroup();
    List<Bandwidth> mbm = new ArrayList<>();
    List<Occupancy> cmt = new ArrayList<>();
    for (Path domain : domains(counters.resolve("mon_data"))) {
      if (Files.exists(domain.resolve("mbm_total_bytes"))) {
        mbm.add(
            new Bandwidth(
                counter(domain.resolve("mbm_total_bytes")),
                counter(domain.resolve("mbm_local_bytes"))));
      }
      if (Files.exists(domain.resolve("llc_occupancy"))) {
        cmt.add(new Occupancy(counter(domain.resolve("llc_occupancy"))));
      }
    }
    return new RdtStats(
        cache == null
            ? null
            : new CacheInfo(Long.toHexString(cache.cbmMask()), cache.minCbmBits(), cache.closids()),
        line(rootLines, "L3"),
        line(lines, "L3"),
        bandwidth == null
            ? null
            : new BandwidthInfo(
                bandwidth.granularity(),
                bandwidth.linear() ? 1 : 0,
                bandwidth.minimum(),
                bandwidth.closids()),
        line(rootLines, "MB"),
        line(lines, "MB"),
        lines,
        mbm,
        cmt);
  }

  private static @Nullable String line(List<String> lines, String resource) {
    return lines.stream().filter(line -> line.startsWith(resource + ":")).findFirst().orElse(null);
  }

  private static List<Path> domains(Path data) {
    if (!Files.isDirectory(data)) {
      return List.of();
    }
    try (Stream<Path> domains = Files.list(data)) {
      return domains.sorted().toList();
    } catch (IOException e) {
      throw new RdtException(Kind.KERNEL, "cannot list " + data + ": " + e.getMessage(), e);
    }
  }

  private static long counter(Path file) {
    try {
      String text = Files.exists(file) ? KernelFiles.read(file) : "0";
      return Long.parseUnsignedLong(text.strip());
    } catch (IOException | NumberFormatException e) {
      throw new RdtException(Kind.KERNEL, "cannot read the counter " + file + ": " + e, e);
    }
  }
}
