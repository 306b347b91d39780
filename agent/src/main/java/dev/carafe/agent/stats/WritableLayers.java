package dev.carafe.agent.stats;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.FilesystemIdentifier;
import dev.carafe.cri.v1.FilesystemUsage;
import dev.carafe.runtime.linux.DiskUsage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What containers have written to their root file systems. Measuring takes as long as a directory
 * is large, so nobody waits for it: callers get the last known value, and one that is older than
 * {@link #FRESH} is measured anew behind their back. Thread-safe.
 */
public final class WritableLayers {
  /** How long a value is good. */
  public static final Duration FRESH = Duration.ofSeconds(10);

  private static final Logger LOG = LogManager.getLogger(WritableLayers.class);

  private final Path mountpoint;
  private final Executor executor;
  private final InstantSource clock;
  private final Measure measure;
  private final Map<Path, Entry> known = new ConcurrentHashMap<>();

  /** Measures a directory. */
  @FunctionalInterface
  interface Measure {
    DiskUsage of(Path directory) throws IOException;
  }

  /**
   * What is known of a directory.
   *
   * @param usage the last value, null before the first
   * @param asked when a measurement was last started
   * @param running whether one is under way
   */
  private record Entry(@Nullable FilesystemUsage usage, Instant asked, boolean running) {}

  /**
   * @param mountpoint a path on the file system of the layers, as CRI shows it: the agent's root
   * @param executor runs measurements, which block
   */
  public WritableLayers(Path mountpoint, Executor executor) {
    this(mountpoint, executor, InstantSource.system(), DiskUsage::of);
  }

  WritableLayers(Path mountpoint, Executor executor, InstantSource clock, Measure measure) {
    this.mountpoint = requireNonNull(mountpoint, "mountpoint");
    this.executor = requireNonNull(executor, "executor");
    this.clock = requireNonNull(clock, "clock");
    this.measure = requireNonNull(measure, "measure");
  }

  /**
   * The last known usage of a layer's directory; null until it was first measured, which this call
   * then starts.
   */
  public @Nullable FilesystemUsage usage(Path directory) {
    Instant now = clock.instant();
    Entry before = known.get(directory);
    if (before == null || isDue(before, now)) {
      start(directory, now);
    }
    return before == null ? null : before.usage();
  }

  /** Where the layers are, without numbers. */
  public FilesystemUsage unmeasured(long timestamp) {
    return FilesystemUsage.newBuilder()
        .setTimestamp(timestamp)
        .setFsId(FilesystemIdentifier.newBuilder().setMountpoint(mountpoint.toString()))
        .build();
  }

  private static boolean isDue(Entry entry, Instant now) {
    return !entry.running() && !now.isBefore(entry.asked().plus(FRESH));
  }

  private void start(Path directory, Instant now) {
    boolean[] mine = new boolean[1];
    known.compute(
        directory,
        (key, entry) -> {
          mine[0] = entry == null || isDue(entry, now);
          return mine[0] ? new Entry(entry == null ? null : entry.usage(), now, true) : entry;
        });
    if (mine[0]) {
      executor.execute(() -> refresh(directory));
    }
  }

  private void refresh(Path directory) {
    FilesystemUsage fresh = null;
    try {
      fresh = message(measure.of(directory), clock.instant());
    } catch (IOException e) {
      LOG.debug("cannot measure {}", directory, e);
    } finally {
      FilesystemUsage result = fresh;
      known.computeIfPresent(
          directory,
          (key, entry) -> new Entry(result == null ? entry.usage() : result, entry.asked(), false));
    }
  }

  /** Forgets all directories but these. */
  public void retain(Set<Path> directories) {
    known.keySet().retainAll(directories);
  }

  private FilesystemUsage message(DiskUsage usage, Instant now) {
    return FilesystemUsage.newBuilder()
        .setTimestamp(now.getEpochSecond() * 1_000_000_000L + now.getNano())
        .setFsId(FilesystemIdentifier.newBuilder().setMountpoint(mountpoint.toString()))
        .setUsedBytes(Usage.value(usage.bytes()))
        .setInodesUsed(Usage.value(usage.inodes()))
        .build();
  }
}
