package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.linux.KernelFileReader;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a kubelet asks for every ten seconds of every pod: each counter from the hierarchy
 * that has its controller, and each file once. Immutable.
 */
public final class CgroupUsageReader {
  private final @Nullable String unified;
  private final @Nullable String cpu;
  private final @Nullable String memory;
  private final @Nullable String pids;
  private final boolean pure;

  /** A reader of the cgroups in these hierarchies. */
  public CgroupUsageReader(CgroupLayout layout) {
    unified = text(layout.unifiedMount());
    pure = layout.mounts().isEmpty();
    cpu = pure ? unified : text(layout.mounts().get("cpuacct"));
    memory = pure ? unified : text(layout.mounts().get("memory"));
    pids = pure ? unified : text(layout.mounts().get("pids"));
  }

  private static @Nullable String text(@Nullable Path mount) {
    return mount == null ? null : mount.toString();
  }

  /**
   * A cgroup's counters; a file that the kernel does not have counts as 0.
   *
   * @param path absolute below the mounts
   * @throws CgroupException when a file is there and can't be read
   */
  public CgroupUsage read(String path) {
    Files files = new Files(path, new KernelFileReader());
    return new CgroupUsage(
        StatsReader.now(),
        pure
            ? field(files.text(cpu, "cpu.stat"), "usage_usec") * 1_000
            : files.number(cpu, "cpuacct.usage"),
        pure ? unifiedMemory(files) : legacyMemory(files),
        files.number(pids, "pids.current"),
        Pressures.parse(files.text(unified, "cpu.pressure")),
        Pressures.parse(files.text(unified, "memory.pressure")),
        Pressures.parse(files.text(unified, "io.pressure")));
  }

  private CgroupUsage.Memory unifiedMemory(Files files) {
    String stat = files.text(memory, "memory.stat");
    long usage = files.number(memory, "memory.current");
    return new CgroupUsage.Memory(
        usage,
        Math.max(0, usage - field(stat, "inactive_file")),
        field(stat, "anon"),
        files.limit(memory, "memory.max"),
        files.number(memory, "memory.swap.current"),
        files.limit(memory, "memory.swap.max"),
        field(stat, "pgfault"),
        field(stat, "pgmajfault"));
  }

  private CgroupUsage.Memory legacyMemory(Files files) {
    String stat = files.text(memory, "memory.stat");
    long usage = files.number(memory, "memory.usage_in_bytes");
    long limit = StatsReader.unlimited(field(stat, "hierarchical_memory_limit"));
    long both = StatsReader.unlimited(field(stat, "hierarchical_memsw_limit"));
    boolean noSwapLimit = both == CgroupStats.UNLIMITED || both == 0;
    return new CgroupUsage.Memory(
        usage,
        Math.max(0, usage - field(stat, "total_inactive_file")),
        field(stat, "total_rss"),
        limit,
        field(stat, "total_swap"),
        noSwapLimit ? CgroupStats.UNLIMITED : Math.max(0, both - limit),
        field(stat, "total_pgfault"),
        field(stat, "total_pgmajfault"));
  }

  /** One number of a file of lines {@code key number}; 0 when it is not there. */
  static long field(String text, String key) {
    String start = key + " ";
    int line = text.startsWith(start) ? 0 : text.indexOf("\n" + start) + 1;
    if (!text.startsWith(start, line)) {
      return 0;
    }
    int from = line + start.length();
    int newline = text.indexOf('\n', from);
    return Long.parseUnsignedLong(text, from, newline < 0 ? text.length() : newline, 10);
  }

  /** The files of one cgroup; those of a hierarchy that is not mounted are empty. */
  private record Files(String path, KernelFileReader reader) {
    Files {
      Objects.requireNonNull(path, "path");
    }

    String text(@Nullable String mount, String name) {
      if (mount == null) {
        return "";
      }
      String file = mount + path + '/' + name;
      try {
        return reader.read(file);
      } catch (NoSuchFileException absent) {
        return "";
      } catch (IOException e) {
        throw CgroupException.failed("read", Path.of(file), e);
      }
    }

    long number(@Nullable String mount, String name) {
      String text = text(mount, name);
      return text.isEmpty() ? 0 : Long.parseLong(text);
    }

    long limit(@Nullable String mount, String name) {
      String text = text(mount, name);
      return text.isEmpty() || text.equals("max")
          ? CgroupStats.UNLIMITED
          : StatsReader.unlimited(Long.parseLong(text));
    }
  }
}
