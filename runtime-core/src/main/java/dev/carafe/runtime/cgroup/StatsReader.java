package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.cgroup.CgroupStats.BlockIo;
import dev.carafe.runtime.cgroup.CgroupStats.Cpu;
import dev.carafe.runtime.cgroup.CgroupStats.HugePages;
import dev.carafe.runtime.cgroup.CgroupStats.Memory;
import dev.carafe.runtime.cgroup.CgroupStats.Pids;
import dev.carafe.runtime.linux.KernelFiles;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the counters of one cgroup, each from the hierarchy that has its controller. */
final class StatsReader {
  /** Limits from here up are the kernel's way to say none in v1 (PAGE_COUNTER_MAX in bytes). */
  private static final long LEGACY_UNLIMITED = 0x7fff_ffff_ffff_f000L;

  private final CgroupDirs dirs;
  private final FileState state = FileState.ofKernel();

  StatsReader(CgroupDirs dirs) {
    this.dirs = dirs;
  }

  /**
   * All counters; a file that the kernel does not have counts as 0.
   *
   * @throws CgroupException when a file is there and can't be read
   */
  CgroupStats read() {
    Path unified = dirs.unified();
    boolean pure = dirs.legacy().isEmpty();
    return new CgroupStats(
        now(),
        pure ? unifiedCpu(unified) : legacyCpu(),
        pure ? unifiedMemory(unified) : legacyMemory(),
        pids(pure ? unified : dirs.legacy().get("pids")),
        pure ? BlockIoStats.unified(text(unified, "io.stat")) : legacyBlockIo(),
        Pressures.parse(text(unified, "cpu.pressure")),
        Pressures.parse(text(unified, "memory.pressure")),
        Pressures.parse(text(unified, "io.pressure")));
  }

  RawStats raw() {
    Path memory = dirs.legacy().get("memory");
    Path account = dirs.legacy().get("cpuacct");
    return new RawStats(
        table(memory == null ? dirs.unified() : memory, "memory.stat"),
        numbers(account, "cpuacct.usage_percpu"),
        numbers(account, "cpuacct.usage_percpu_sys"),
        numbers(account, "cpuacct.usage_percpu_user"),
        hugePages());
  }

  static long unlimited(long limit) {
    return limit >= LEGACY_UNLIMITED ? CgroupStats.UNLIMITED : limit;
  }

  static long now() {
    Instant now = Instant.now();
    return Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L) + now.getNano();
  }

  /** Huge pages by size; none without the controller. */
  List<HugePages> hugePages() {
    Path legacy = dirs.legacy().get("hugetlb");
    Path dir = legacy == null ? dirs.unified() : legacy;
    if (dir == null) {
      return List.of();
    }
    String usage = legacy == null ? ".current" : ".usage_in_bytes";
    List<HugePages> sizes = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir, "hugetlb.*" + usage)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        String prefix = name.substring(0, name.length() - usage.length());
        String size = prefix.substring("hugetlb.".length());
        if (!size.endsWith(".rsvd")) {
          long max =
              legacy == null ? HugePages.UNKNOWN : number(dir, prefix + ".max_usage_in_bytes");
          sizes.add(new HugePages(size, number(dir, name), max));
        }
      }
    } catch (DirectoryIteratorException e) {
      throw CgroupException.failed("read", dir, new IOException(e));
    } catch (IOException e) {
      throw CgroupException.failed("read", dir, e);
    }
    return List.copyOf(sizes);
  }

  private static Cpu unifiedCpu(@Nullable Path dir) {
    Map<String, Long> stat = table(dir, "cpu.stat");
    return new Cpu(
        get(stat, "usage_usec") * 1_000,
        get(stat, "user_usec") * 1_000,
        get(stat, "system_usec") * 1_000,
        get(stat, "nr_periods"),
        get(stat, "nr_throttled"),
        get(stat, "throttled_usec") * 1_000);
  }

  private Cpu legacyCpu() {
    Path account = dirs.legacy().get("cpuacct");
    Map<String, Long> stat = table(dirs.legacy().get("cpu"), "cpu.stat");
    return new Cpu(
        number(account, "cpuacct.usage"),
        number(account, "cpuacct.usage_user"),
        number(account, "cpuacct.usage_sys"),
        get(stat, "nr_periods"),
        get(stat, "nr_throttled"),
        get(stat, "throttled_time"));
  }

  private Memory unifiedMemory(@Nullable Path dir) {
    Map<String, Long> stat = table(dir, "memory.stat");
    Map<String, Long> events = table(dir, "memory.events");
    long usage = number(dir, "memory.current");
    return new Memory(
        usage,
        Math.max(0, usage - get(stat, "inactive_file")),
        get(stat, "anon"),
        get(stat, "file"),
        get(stat, "file_mapped"),
        get(stat, "kernel"),
        number(dir, "memory.peak"),
        limit(dir, "memory.max"),
        number(dir, "memory.swap.current"),
        limit(dir, "memory.swap.max"),
        get(stat, "pgfault"),
        get(stat, "pgmajfault"),
        get(events, "max"),
        get(events, "oom_kill"));
  }

  private Memory legacyMemory() {
    Path dir = dirs.legacy().get("memory");
    Map<String, Long> stat = table(dir, "memory.stat");
    long usage = number(dir, "memory.usage_in_bytes");
    long limit = limit(dir, "memory.limit_in_bytes");
    long both = limit(dir, "memory.memsw.limit_in_bytes");
    long swapLimit = both == CgroupStats.UNLIMITED ? both : Math.max(0, both - limit);
    return new Memory(
        usage,
        Math.max(0, usage - get(stat, "total_inactive_file")),
        get(stat, "total_rss"),
        get(stat, "total_cache"),
        get(stat, "total_mapped_file"),
        number(dir, "memory.kmem.usage_in_bytes"),
        number(dir, "memory.max_usage_in_bytes"),
        limit,
        get(stat, "total_swap"),
        swapLimit,
        get(stat, "total_pgfault"),
        get(stat, "total_pgmajfault"),
        number(dir, "memory.failcnt"),
        get(table(dir, "memory.oom_control"), "oom_kill"));
  }

  private Pids pids(@Nullable Path dir) {
    return new Pids(number(dir, "pids.current"), limit(dir, "pids.max"));
  }

  private List<BlockIo> legacyBlockIo() {
    Path dir = dirs.legacy().get("blkio");
    return BlockIoStats.legacy(
        text(dir, "blkio.throttle.io_service_bytes_recursive"),
        text(dir, "blkio.throttle.io_serviced_recursive"));
  }

  private String text(@Nullable Path dir, String name) {
    String text = null;
    if (dir != null) {
      text = state.read(dir.resolve(name));
    }
    return text == null ? "" : text;
  }

  private long number(@Nullable Path dir, String name) {
    String text = text(dir, name);
    return text.isEmpty() ? 0 : Long.parseLong(text);
  }

  private List<Long> numbers(@Nullable Path dir, String name) {
    return Arrays.stream(text(dir, name).split(" +", -1))
        .filter(number -> !number.isBlank())
        .map(number -> Long.valueOf(number.strip()))
        .toList();
  }

  private long limit(@Nullable Path dir, String name) {
    String text = text(dir, name);
    if (text.isEmpty() || text.equals("max")) {
      return CgroupStats.UNLIMITED;
    }
    return unlimited(Long.parseLong(text));
  }

  private static Map<String, Long> table(@Nullable Path dir, String name) {
    if (dir == null) {
      return Map.of();
    }
    Path file = dir.resolve(name);
    try {
      return KernelFiles.readTable(file);
    } catch (IOException e) {
      if (Hierarchy.gone(e)) {
        return Map.of();
      }
      throw CgroupException.failed("read", file, e);
    }
  }

  private static long get(Map<String, Long> table, String key) {
    return table.getOrDefault(key, 0L);
  }
}
