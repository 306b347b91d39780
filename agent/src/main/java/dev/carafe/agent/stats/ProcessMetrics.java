package dev.carafe.agent.stats;

import dev.carafe.runtime.linux.KernelFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What procfs says of processes (proc_pid_fd(5), proc_pid_limits(5)) as metrics. */
public final class ProcessMetrics {
  private static final Path PROC = Path.of("/proc");
  private static final Pattern OPEN_FILES =
      Pattern.compile("^Max open files +(\\d+) ", Pattern.MULTILINE);

  private ProcessMetrics() {}

  /**
   * Adds the numbers of processes, descriptors and sockets; what ends meanwhile is not counted.
   *
   * @param pids in the host's pid namespace
   */
  public static void add(MetricSamples to, List<Integer> pids) {
    long[] descriptorsAndSockets = new long[2];
    pids.forEach(pid -> count(PROC.resolve(pid + "/fd"), descriptorsAndSockets));
    to.add(MetricKind.PROCESSES, pids.size());
    to.add(MetricKind.FILE_DESCRIPTORS, descriptorsAndSockets[0]);
    to.add(MetricKind.SOCKETS, descriptorsAndSockets[1]);
  }

  /** Adds the soft limits of a container's first process. */
  public static void addLimits(MetricSamples to, int init) {
    try {
      Matcher openFiles = OPEN_FILES.matcher(KernelFiles.read(PROC.resolve(init + "/limits")));
      if (openFiles.find()) {
        to.add(MetricKind.ULIMITS, Long.parseLong(openFiles.group(1)), "max_open_files");
      }
    } catch (IOException endedMeanwhile) {
      // A process without limits is one that is gone: it has none to tell.
      return;
    }
  }

  private static void count(Path directory, long[] descriptorsAndSockets) {
    try (DirectoryStream<Path> links = Files.newDirectoryStream(directory)) {
      for (Path link : links) {
        descriptorsAndSockets[0]++;
        if (Files.readSymbolicLink(link).toString().startsWith("socket:")) {
          descriptorsAndSockets[1]++;
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException endedMeanwhile) {
      // Counted as far as it lived.
      return;
    }
  }
}
