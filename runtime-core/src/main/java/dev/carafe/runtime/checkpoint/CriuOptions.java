package dev.carafe.runtime.checkpoint;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a caller chose. Immutable.
 *
 * @param flags switched on
 * @param cgroups what happens to cgroups
 * @param parent earlier images, relative to the images' directory; "" for none
 * @param pageServer who gets the pages of memory, null for files
 * @param lsmProfile TYPE:NAME for a restore; "" for the saved one
 * @param lsmMountContext SELinux context of restored mounts; "" for the saved one
 * @param configFile a configuration of criu's own; "" for none
 */
public record CriuOptions(
    Set<CriuFlag> flags,
    CgroupMode cgroups,
    String parent,
    @Nullable PageServer pageServer,
    String lsmProfile,
    String lsmMountContext,
    String configFile) {
  /**
   * Where pages of memory go.
   *
   * @param address IP address
   * @param port TCP port
   */
  public record PageServer(String address, int port) {
    public PageServer {
      Objects.requireNonNull(address, "address");
    }
  }

  public CriuOptions {
    flags = Set.copyOf(flags);
    Objects.requireNonNull(cgroups, "cgroups");
    Objects.requireNonNull(parent, "parent");
    Objects.requireNonNull(lsmProfile, "lsmProfile");
    Objects.requireNonNull(lsmMountContext, "lsmMountContext");
    Objects.requireNonNull(configFile, "configFile");
  }

  /** Nothing but these flags. */
  public static CriuOptions of(Set<CriuFlag> flags) {
    return new CriuOptions(flags, CgroupMode.SOFT, "", null, "", "", "");
  }
}
