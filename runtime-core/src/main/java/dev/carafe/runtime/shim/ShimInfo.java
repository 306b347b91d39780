package dev.carafe.runtime.shim;

import static java.util.Objects.requireNonNull;

/**
 * What a shim says of itself.
 *
 * @param version of the protocol that it speaks
 * @param build of the shim
 * @param pid of the shim
 * @param podId its pod
 */
public record ShimInfo(long version, String build, int pid, String podId) {
  /** Checks the components. */
  public ShimInfo {
    requireNonNull(build);
    requireNonNull(podId);
  }

  static ShimInfo decode(WireReader in) {
    return new ShimInfo(in.u32(), in.str(), in.i32(), in.str());
  }
}
