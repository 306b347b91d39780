package dev.carafe.runtime.rdt.control;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.runtime.rdt.RdtException;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.Schemata;
import dev.carafe.runtime.state.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Lowers the MB values of classes for a while, and knows on disk what they were: whatever moment
 * the process ends, the next one can put them back. Not thread-safe.
 */
public final class Throttle {
  private static final String BANDWIDTH = "MB";

  private final ObjectMapper json = new ObjectMapper();
  private final Path root;
  private final Path record;

  /** The MB lines that classes had, by control group. */
  private final Map<String, String> before;

  /**
   * With what an earlier process recorded.
   *
   * @param root where resctrl is mounted, or may be one day
   * @param record a file that a reboot voids; may be absent, its folder exists
   */
  public Throttle(Path root, Path record) throws IOException {
    this.root = requireNonNull(root, "root is null");
    this.record = requireNonNull(record, "record is null");
    this.before = new TreeMap<>(read());
  }

  private Map<String, String> read() throws IOException {
    try {
      return json.readValue(Files.readAllBytes(record), new TypeReference<>() {});
    } catch (NoSuchFileException none) {
      return Map.of();
    }
  }

  /**
   * Gives classes the lower of their own MB value and a level, in each domain.
   *
   * @param groups names of control groups; one that is gone is left out
   * @param levels percent, by domain
   * @throws RdtException of kind KERNEL when the kernel refuses
   */
  public void limit(List<String> groups, Map<Integer, Integer> levels) {
    Resctrl resctrl = Resctrl.open(root);
    for (String group : groups) {
      Map<Integer, Long> now = bandwidth(resctrl, group);
      if (now == null) {
        continue;
      }
      Map<Integer, Long> own = own(group, now);
      Map<Integer, Long> wanted = new TreeMap<>();
      own.forEach((domain, value) ->
          wanted.put(domain, Math.min(value, levels.getOrDefault(domain, Integer.MAX_VALUE))));
      if (!wanted.equals(now)) {
        remember(group, own);
        write(resctrl, group, wanted);
      }
      if (wanted.equals(own)) {
        forget(group);
      }
    }
  }

  private Map<Integer, Long> own(String group, Map<Integer, Long> now) {
    String line = before.get(group);
    return line == null ? now : values(line);
  }

  /** Puts every class back to what it had; repeating it is fine. */
  public void restore() {
    if (before.isEmpty()) {
      return;
    }
    if (!Resctrl.present(root)) {
      // With the mount all groups went.
      before.clear();
      save();
      return;
    }
    Resctrl resctrl = Resctrl.open(root);
    for (Map.Entry<String, String> entry : new HashMap<>(before).entrySet()) {
      if (bandwidth(resctrl, entry.getKey()) != null) {
        write(resctrl, entry.getKey(), values(entry.getValue()));
      }
      forget(entry.getKey());
    }
  }

  /** The MB values of a group; null when it is gone or has none. */
  private static @Nullable Map<Integer, Long> bandwidth(Resctrl resctrl, String group) {
    Path directory = resctrl.group(group);
    return Files.exists(directory.resolve("schemata"))
        ? resctrl.schemata(directory).resources().get(BANDWIDTH)
        : null;
  }

  private static Map<Integer, Long> values(String line) {
    return requireNonNull(
        Schemata.parse(List.of(line)).resources().get(BANDWIDTH), "a record has an MB line");
  }

  private static void write(Resctrl resctrl, String group, Map<Integer, Long> values) {
    resctrl.writeSchemata(resctrl.group(group), lines(values));
  }

  private static List<String> lines(Map<Integer, Long> values) {
    return new Schemata(Map.of(BANDWIDTH, values)).lines();
  }

  private void remember(String group, Map<Integer, Long> own) {
    if (!before.containsKey(group)) {
      before.put(group, lines(own).getFirst());
      save();
    }
  }

  private void forget(String group) {
    if (before.remove(group) != null) {
      save();
    }
  }

  private void save() {
    try {
      if (before.isEmpty()) {
        Files.deleteIfExists(record);
      } else {
        DurableFile.replace(record, json.writeValueAsBytes(before));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot record MB values in " + record, failure);
    }
  }
}
