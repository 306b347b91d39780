package dev.carafe.runtime.cgroup;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a cgroup's kernel counts beyond {@link CgroupStats}, as it names it: for those who ask
 * seldom.
 *
 * @param memory all of memory.stat, by name
 * @param cpus CPU time of each CPU, ns; empty where the kernel counts all of them together, as
 *     cgroup v2 does
 * @param cpusInKernel the part of it in the kernel
 * @param cpusInUser the part of it in user mode
 * @param hugePages by size
 */
public record RawStats(
    Map<String, Long> memory,
    List<Long> cpus,
    List<Long> cpusInKernel,
    List<Long> cpusInUser,
    List<CgroupStats.HugePages> hugePages) {
  public RawStats {
    memory = Collections.unmodifiableMap(new TreeMap<>(memory));
    cpus = List.copyOf(cpus);
    cpusInKernel = List.copyOf(cpusInKernel);
    cpusInUser = List.copyOf(cpusInUser);
    hugePages = List.copyOf(hugePages);
  }
}
