package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One mount inside the container.
 *
 * @param destination where, absolute inside the container (a relative one is taken from its root)
 * @param type file system type; "bind" or absent with a bind option is a bind mount
 * @param source path on the host for a bind mount (relative to the bundle), else what the file
 *     system calls its source
 * @param options options as fstab has them, with propagation, recursive (rro) and id-mapping ones
 * @param uidMappings user ids of an id-mapped bind mount
 * @param gidMappings group ids of an id-mapped bind mount
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Mount(
    String destination,
    @Nullable String type,
    @Nullable String source,
    List<String> options,
    List<IdMapping> uidMappings,
    List<IdMapping> gidMappings) {
  /**
   * Files that lxcfs and its kin put over those of procfs; everything else there is the kernel's
   * word (CVE-2019-16884).
   */
  public static final List<String> PROC_FILES =
      List.of(
          "/proc/cpuinfo",
          "/proc/diskstats",
          "/proc/loadavg",
          "/proc/meminfo",
          "/proc/slabinfo",
          "/proc/stat",
          "/proc/swaps",
          "/proc/uptime",
          "/proc/sys/kernel/ns_last_pid",
          "/proc/sys/crypto/fips_enabled");

  public Mount {
    destination = destination == null ? "" : destination;
    type = Values.text(type);
    source = Values.text(source);
    options = Values.list(options);
    uidMappings = Values.list(uidMappings);
    gidMappings = Values.list(gidMappings);
  }

  /** A mount without id-mapping. */
  public Mount(String destination, String type, String source, List<String> options) {
    this(destination, type, source, options, List.of(), List.of());
  }
}
