package dev.carafe.runtime.linux;

import dev.carafe.runtime.spec.Capability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The capabilities of this process (proc_pid_status(5)).
 *
 * @param effective what the kernel checks now
 * @param bounding the most that a child can ever have: what "privileged" means on this machine
 */
public record ProcessCapabilities(Set<Capability> effective, Set<Capability> bounding) {
  public ProcessCapabilities {
    Objects.requireNonNull(effective, "effective");
    Objects.requireNonNull(bounding, "bounding");
  }

  /** Reads /proc/self/status. */
  public static ProcessCapabilities ofSelf() {
    return read(Path.of("/proc/self/status"));
  }

  /** Those of another process, from its /proc/PID/status. */
  public static ProcessCapabilities read(Path status) {
    try {
      return parse(KernelFiles.lines(status));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + status, e);
    }
  }

  static ProcessCapabilities parse(List<String> status) {
    return new ProcessCapabilities(
        ofMask(mask(status, "CapEff:")), ofMask(mask(status, "CapBnd:")));
  }

  /** The capabilities of a bit set; bits newer than {@link Capability} are left out. */
  public static Set<Capability> ofMask(long mask) {
    EnumSet<Capability> set = EnumSet.noneOf(Capability.class);
    for (Capability capability : Capability.values()) {
      if ((mask & capability.mask()) != 0) {
        set.add(capability);
      }
    }
    return Collections.unmodifiableSet(set);
  }

  private static long mask(List<String> status, String key) {
    return status.stream()
        .filter(line -> line.startsWith(key))
        .map(line -> Long.parseUnsignedLong(line.substring(key.length()).strip(), 16))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no " + key + " in /proc/self/status"));
  }
}
