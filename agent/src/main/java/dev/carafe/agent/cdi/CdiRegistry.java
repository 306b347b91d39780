package dev.carafe.agent.cdi;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.agent.failure.Failure;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * The devices that the node's CDI files describe, read anew for each container that asks for one.
 * Of two directories that describe the same device the later wins; of two files of one directory
 * neither does. Thread-safe.
 */
public final class CdiRegistry {
  private static final Logger LOG = LogManager.getLogger(CdiRegistry.class);
  private static final Pattern KIND =
      Pattern.compile("[A-Za-z][A-Za-z0-9_.-]*/[A-Za-z][A-Za-z0-9_-]*");
  private static final Pattern NAME = Pattern.compile(KIND + "=[A-Za-z0-9][A-Za-z0-9_.:-]*");

  private final List<Path> directories;
  private final ObjectMapper json = new ObjectMapper();

  /**
   * Devices of these directories, which need not exist.
   *
   * @param directories the later the stronger
   */
  public CdiRegistry(List<Path> directories) {
    this.directories = List.copyOf(directories);
  }

  /**
   * A device that was found.
   *
   * @param priority its directory's place in the list
   */
  private record Entry(Path file, int priority, CdiSpec spec, CdiSpec.Named device) {
    String name() {
      return spec.kind() + "=" + device.name();
    }
  }

  /**
   * What was read.
   *
   * @param devices by full name
   * @param problems sentences on what could not be read
   */
  private record Found(Map<String, Entry> devices, List<String> problems) {}

  /**
   * What a container gets for these devices: for each file its common edits once, then the
   * device's.
   *
   * @param names VENDOR/CLASS=NAME each
   * @throws Failure INVALID naming a device that nobody describes
   */
  public CdiEdits resolve(List<String> names) {
    if (names.isEmpty()) {
      return CdiEdits.NONE;
    }
    Found found = read();
    CdiEdits edits = CdiEdits.NONE;
    Set<Path> files = new HashSet<>();
    for (String name : names) {
      Entry entry = found.devices().get(name);
      if (entry == null) {
        throw unknown(name, found);
      }
      String where = "CDI device " + name + " (" + entry.file() + ")";
      if (files.add(entry.file())) {
        edits = edits.then(EditsReader.read(where, entry.spec().containerEdits()));
      }
      edits = edits.then(EditsReader.read(where, entry.device().containerEdits()));
    }
    return edits;
  }

  private Failure unknown(String name, Found found) {
    if (!NAME.matcher(name).matches()) {
      return Failure.invalid("CDI_devices: \"%s\"; expected VENDOR/CLASS=NAME".formatted(name));
    }
    String problems = found.problems().isEmpty() ? "" : "; " + String.join("; ", found.problems());
    return Failure.invalid(
        "CDI_devices: no file in %s describes the device \"%s\"; known are %s%s"
            .formatted(
                directories, name, found.devices().keySet().stream().sorted().toList(), problems));
  }

  private Found read() {
    Map<String, Entry> devices = new HashMap<>();
    List<String> problems = new ArrayList<>();
    for (int priority = 0; priority < directories.size(); priority++) {
      Set<String> twice = new HashSet<>();
      int place = priority;
      for (Path file : files(directories.get(priority), problems)) {
        CdiSpec spec = read(file, problems);
        if (spec != null) {
          spec.devices().stream()
              .map(device -> new Entry(file, place, spec, device))
              .filter(entry -> !isFirst(devices, entry, problems))
              .forEach(entry -> twice.add(entry.name()));
        }
      }
      twice.forEach(devices::remove);
    }
    return new Found(devices, problems);
  }

  /** Adds a device; whether no file of the same directory describes it too. */
  private static boolean isFirst(Map<String, Entry> devices, Entry entry, List<String> problems) {
    Entry other = devices.put(entry.name(), entry);
    if (other == null || other.priority() != entry.priority()) {
      return true;
    }
    problems.add(
        "%s is described by %s and by %s".formatted(entry.name(), other.file(), entry.file()));
    return false;
  }

  private static List<Path> files(Path directory, List<String> problems) {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, "*.{json,yaml}")) {
      stream.forEach(files::add);
    } catch (NoSuchFileException | NotDirectoryException none) {
      LOG.debug("no CDI files in {}", none.getFile());
    } catch (IOException unreadable) {
      problems.add(directory + " cannot be read: " + unreadable.getMessage());
    }
    files.sort(null);
    return files;
  }

  private @Nullable CdiSpec read(Path file, List<String> problems) {
    try {
      // Every JSON text is a YAML text.
      Object tree = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
      CdiSpec spec = json.convertValue(tree, CdiSpec.class);
      if (spec != null && KIND.matcher(spec.kind()).matches()) {
        return spec;
      }
      problems.add(file + " has no kind of the form VENDOR/CLASS");
    } catch (IOException | YamlEngineException | IllegalArgumentException wrong) {
      problems.add(
          file
              + " cannot be read: "
              + String.valueOf(wrong.getMessage()).lines().findFirst().orElse(""));
    }
    return null;
  }
}
