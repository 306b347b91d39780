package dev.carafe.agent.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the configuration: the file, then {@code FILE.d/*.toml} in name order, then the flags;
 * later ones win key by key. The default file may be missing, one that {@code --config} names may
 * not. Every problem is reported at once.
 */
public final class ConfigLoader {
  /** Where the file is looked for without {@code --config}. */
  public static final Path DEFAULT_FILE = Path.of("/etc/carafe/carafe.toml");

  private final TomlMapper toml = new TomlMapper();
  private final List<String> problems = new ArrayList<>();
  private final Map<String, Setting> settings = new HashMap<>();

  private ConfigLoader() {}

  /** A value as it was written, and who wrote it. */
  private record Setting(String source, JsonNode value) {}

  /**
   * Loads the configuration that these flags ask for.
   *
   * @throws ConfigException names file, key, value and what was expected, a line for each problem
   */
  public static CarafeConfig load(Flags flags) throws ConfigException {
    ConfigLoader loader = new ConfigLoader();
    Path named = flags.configFile();
    if (named != null && !Files.isRegularFile(named)) {
      throw new ConfigException(
          named
              + ": no such configuration file (named by --config); create it or leave --config"
              + " out");
    }
    Path file = named == null ? DEFAULT_FILE : named.toAbsolutePath();
    if (named != null || Files.exists(file)) {
      loader.read(file);
    }
    for (Path dropIn : loader.dropIns(file.resolveSibling(file.getFileName() + ".d"))) {
      loader.read(dropIn);
    }
    Flags.KEYS.forEach((flag, key) -> loader.override(key, flag, flags.overrides().get(flag)));
    return loader.finish();
  }

  private void override(ConfigKey<?> key, String flag, @Nullable String value) {
    if (value != null) {
      settings.put(key.name(), new Setting(flag, TextNode.valueOf(value)));
    }
  }

  private CarafeConfig finish() throws ConfigException {
    CarafeConfig config = ConfigKeys.build(this::valueOf);
    if (problems.isEmpty() && config.root().equals(config.state())) {
      problems.add(
          "root and state are both " + config.root() + ": expected two different directories");
    }
    if ((config.stream().tlsCert() == null) != (config.stream().tlsKey() == null)) {
      problems.add(
          "stream.tls_cert and stream.tls_key: one is set and one is not; expected both or"
              + " neither");
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return config;
  }

  private <T> T valueOf(ConfigKey<T> key) {
    Setting setting = settings.get(key.name());
    if (setting == null) {
      return key.defaultValue();
    }
    T value = key.type().parser().parse(setting.value());
    if (value == null) {
      problems.add(
          "%s: %s = %s: expected %s"
              .formatted(setting.source(), key.name(), setting.value(), key.type().expected()));
      return key.defaultValue();
    }
    return value;
  }

  private void read(Path file) {
    try {
      collect(file.toString(), "", toml.readTree(file.toFile()));
    } catch (JacksonException e) {
      JsonLocation at = e.getLocation();
      String place = at == null ? "" : ":" + at.getLineNr() + ":" + at.getColumnNr();
      problems.add(file + place + ": not valid TOML: " + e.getOriginalMessage());
    } catch (IOException e) {
      problems.add(file + ": cannot be read: " + e.getMessage());
    }
  }

  private void collect(String source, String prefix, JsonNode table) {
    for (Map.Entry<String, JsonNode> entry : table.properties()) {
      String name = prefix + entry.getKey();
      JsonNode value = entry.getValue();
      if (ConfigKeys.ALL.stream().anyMatch(key -> key.name().equals(name))) {
        settings.merge(name, new Setting(source, value), ConfigLoader::over);
      } else if (ConfigKeys.ALL.stream().noneMatch(key -> key.name().startsWith(name + "."))) {
        String nearest = value.isObject() ? NearestKey.toTable(name) : NearestKey.toKey(name);
        problems.add("%s: unknown key %s; did you mean %s?".formatted(source, name, nearest));
      } else if (value.isObject()) {
        collect(source, name + ".", value);
      } else {
        problems.add("%s: %s = %s: expected the table [%s]".formatted(source, name, value, name));
      }
    }
  }

  /** Of two tables the later one's entries win one by one; of two values the later. */
  private static Setting over(Setting earlier, Setting later) {
    if (earlier.value() instanceof ObjectNode before && later.value() instanceof ObjectNode after) {
      return new Setting(later.source(), before.deepCopy().setAll(after));
    }
    return later;
  }

  private List<Path> dropIns(Path directory) {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, "*.toml")) {
      stream.forEach(files::add);
    } catch (NoSuchFileException | NotDirectoryException _) {
      return List.of();
    } catch (IOException e) {
      problems.add(directory + ": cannot be read: " + e.getMessage());
    }
    files.sort(null);
    return files;
  }
}
