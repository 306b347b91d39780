package dev.carafe.agent.metrics;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The agent's own process and JVM, under the names that Prometheus' clients agreed on. */
final class ProcessSeries implements Metrics.Source {
  private static final Path SELF = Path.of("/proc/self");
  private static final double MILLIS = 1e3;
  private static final double NANOS = 1e9;
  private static final int KIB = 1024;

  @Override
  public List<Series> read() {
    List<Series> series = new ArrayList<>(process());
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    MemoryUsage other = ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage();
    series.add(
        gauge(
            "jvm_memory_used_bytes",
            "Memory in use by the JVM.",
            "area",
            List.of(
                Series.Sample.of((double) heap.getUsed(), "heap"),
                Series.Sample.of((double) other.getUsed(), "nonheap"))));
    series.add(
        Series.gauge(
            "jvm_threads_current",
            "Platform threads of the JVM; virtual ones are not counted.",
            ManagementFactory.getThreadMXBean().getThreadCount()));
    List<Series.Sample> collections = new ArrayList<>();
    List<Series.Sample> seconds = new ArrayList<>();
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      collections.add(
          Series.Sample.of((double) collector.getCollectionCount(), collector.getName()));
      seconds.add(Series.Sample.of(collector.getCollectionTime() / MILLIS, collector.getName()));
    }
    series.add(counter("jvm_gc_collections_total", "Garbage collections.", collections));
    series.add(counter("jvm_gc_seconds_total", "Seconds spent in garbage collections.", seconds));
    return series;
  }

  private static List<Series> process() {
    ProcessHandle.Info info = ProcessHandle.current().info();
    return List.of(
        Series.counter(
            "process_cpu_seconds_total",
            "CPU time of carafed, user and system.",
            info.totalCpuDuration().orElse(Duration.ZERO).toNanos() / NANOS),
        Series.gauge(
            "process_resident_memory_bytes",
            "Resident memory of carafed.",
            number("status", "VmRSS:") * KIB),
        Series.gauge("process_open_fds", "Open files of carafed.", openFiles()),
        Series.gauge(
            "process_max_fds", "Files carafed may open.", number("limits", "Max open files")),
        Series.gauge(
            "process_start_time_seconds",
            "When carafed was started, in seconds since 1970.",
            info.startInstant().orElse(Instant.EPOCH).toEpochMilli() / MILLIS));
  }

  private static Series gauge(String name, String help, String label, List<Series.Sample> samples) {
    return new Series(Series.Kind.GAUGE, name, help, List.of(label), samples);
  }

  private static Series counter(String name, String help, List<Series.Sample> samples) {
    return new Series(Series.Kind.COUNTER, name, help, List.of("gc"), samples);
  }

  /** The first number of a row of a file of proc(5). */
  private static double number(String file, String row) {
    try {
      for (String line : Files.readAllLines(SELF.resolve(file))) {
        if (line.startsWith(row)) {
          return Double.parseDouble(line.substring(row.length()).strip().split(" ", 2)[0]);
        }
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    throw new IllegalStateException(SELF.resolve(file) + " has no row " + row);
  }

  private static int openFiles() {
    try (Stream<Path> files = Files.list(SELF.resolve("fd"))) {
      return (int) files.count();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
