package dev.carafe.e2e.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The memory of a process, read from its {@code smaps_rollup}.
 *
 * @param pid its id
 * @param program the file name of its executable
 * @param rssKib resident, in KiB
 * @param pssKib resident, pages that it shares counted by their share, in KiB
 * @param anonymousKib resident and of no file, in KiB
 */
record ProcessMemory(long pid, String program, long rssKib, long pssKib, long anonymousKib) {
  private static final String DELETED = " (deleted)";

  /** One process. */
  static ProcessMemory of(long pid) throws IOException {
    List<String> rollup = Files.readAllLines(proc(pid).resolve("smaps_rollup"));
    return new ProcessMemory(
        pid, program(pid), kib(rollup, "Rss:"), kib(rollup, "Pss:"), kib(rollup, "Anonymous:"));
  }

  /** Every process below {@code /proc} whose executable's file name passes. */
  static List<ProcessMemory> ofPrograms(Predicate<String> wanted) throws IOException {
    List<ProcessMemory> found = new ArrayList<>();
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      try {
        if (wanted.test(program(process.pid()))) {
          found.add(of(process.pid()));
        }
      } catch (NoSuchFileException ended) {
        // It was on its way out: a process without memory.
      }
    }
    return found;
  }

  private static Path proc(long pid) {
    return Path.of("/proc", Long.toString(pid));
  }

  // "/usr/bin/runc", "/memfd:carafe-shim (deleted)".
  private static String program(long pid) throws IOException {
    String link = Files.readSymbolicLink(proc(pid).resolve("exe")).toString();
    String path =
        link.endsWith(DELETED) ? link.substring(0, link.length() - DELETED.length()) : link;
    String name = path.substring(path.lastIndexOf('/') + 1);
    return name.startsWith("memfd:") ? name.substring("memfd:".length()) : name;
  }

  private static long kib(List<String> rollup, String key) {
    return rollup.stream()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElse(0);
  }
}
