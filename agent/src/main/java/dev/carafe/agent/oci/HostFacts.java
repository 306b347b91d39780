package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.lsm.AppArmor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the node is capable of; the same from the agent's start to its end.
 *
 * @param unifiedCgroups whether cgroup v2 alone is mounted, not v1 or both
 * @param swapLimits whether cgroups limit swap
 * @param hugetlbLimits whether cgroups limit huge pages
 * @param seLinux whether SELinux is enabled
 * @param appArmor whether AppArmor is enabled
 * @param boundingCapabilities the agent's own bounding set, a bit per capability
 * @param hostname the node's name
 */
public record HostFacts(
    boolean unifiedCgroups,
    boolean swapLimits,
    boolean hugetlbLimits,
    boolean seLinux,
    boolean appArmor,
    long boundingCapabilities,
    String hostname) {
  private static final String BOUNDING = "CapBnd:";

  /** Checks that nothing is missing. */
  public HostFacts {
    requireNonNull(hostname, "hostname");
  }

  /**
   * Asks the kernel.
   *
   * @param cgroupRoot where the cgroup file systems are mounted
   * @throws Failure INTERNAL when procfs does not answer
   */
  public static HostFacts read(Path cgroupRoot) {
    try {
      Path controllers = cgroupRoot.resolve("cgroup.controllers");
      boolean unified = Files.exists(controllers);
      return new HostFacts(
          unified,
          unified
              ? Files.exists(Path.of("/proc/swaps"))
              : Files.exists(cgroupRoot.resolve("memory/memory.memsw.limit_in_bytes")),
          unified ? Files.readString(controllers).contains("hugetlb") : hybridHugetlb(cgroupRoot),
          Files.exists(Path.of("/sys/fs/selinux/enforce")),
          AppArmor.ofKernel().enabled(),
          bounding(),
          Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
    } catch (IOException e) {
      throw Failure.internal("cannot read what this node is capable of: " + e.getMessage(), e);
    }
  }

  private static boolean hybridHugetlb(Path cgroupRoot) throws IOException {
    Path controllers = cgroupRoot.resolve("unified/cgroup.controllers");
    return Files.exists(cgroupRoot.resolve("hugetlb/cgroup.procs"))
        || (Files.exists(controllers) && Files.readString(controllers).contains("hugetlb"));
  }

  private static long bounding() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith(BOUNDING))
        .mapToLong(line -> Long.parseLong(line.substring(BOUNDING.length()).strip(), 16))
        .findFirst()
        .orElseThrow(() -> new IOException("no CapBnd line in /proc/self/status"));
  }
}
