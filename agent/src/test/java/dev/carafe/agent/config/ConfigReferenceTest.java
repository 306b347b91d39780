package dev.carafe.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * docs/configuration.md is made of the table of keys and of the comments in the default file.
 * {@code -Dcarafe.write=true} writes it anew.
 */
class ConfigReferenceTest {
  private static final Path HOME = Path.of(System.getProperty("carafe.home", ".."));
  private static final Path DEFAULT_FILE = HOME.resolve("agent/src/main/dist/etc/carafe.toml");
  private static final Path PAGE = HOME.resolve("docs/configuration.md");
  private static final String BEGIN =
      """
      # Configuration

      `carafed --config FILE` reads TOML: `FILE` (default `/etc/carafe/carafe.toml`, which may be missing), then `FILE.d/*.toml`
      in name order, then the flags `--root`, `--state`, `--listen` and `--log-level`. Later ones win key by key. A key that
      is not in these tables is an error that names the nearest one; all problems are told at once. `carafe reload`, SIGHUP
      and `systemctl reload carafe` take new values of the keys marked live, and say which others wait for a restart, which
      no pod notices.

      This page is made from the code; `ConfigReferenceTest` keeps it so.
      """;

  @Test
  void thePageIsTheTableOfKeys() throws Exception {
    String page = page();
    if (Boolean.getBoolean("carafe.write")) {
      Files.writeString(PAGE, page);
    }
    assertThat(PAGE).as("run this test with -Dcarafe.write=true").hasContent(page);
  }

  @Test
  void everyKeyHasACommentInTheDefaultFile() throws Exception {
    Map<String, String> comments = comments();

    for (ConfigKey<?> key : ConfigKeys.ALL) {
      assertThat(comments).as(key.name()).containsKey(key.name());
    }
  }

  private static String page() throws IOException {
    Map<String, String> comments = comments();
    JsonNode defaults = new TomlMapper().readTree(DEFAULT_FILE.toFile());
    StringBuilder page = new StringBuilder(BEGIN);
    String table = "-";
    for (ConfigKey<?> key : ConfigKeys.ALL) {
      int dot = key.name().lastIndexOf('.');
      String of = dot < 0 ? "" : key.name().substring(0, dot);
      if (!of.equals(table)) {
        table = of;
        page.append("\n## ").append(table.isEmpty() ? "Top level" : "[" + table + "]");
        page.append("\n\n| key | default | expected | live | |\n|---|---|---|---|---|\n");
      }
      String value = defaults.at("/" + key.name().replace('.', '/')).toString();
      page.append(
          "| `%s` | `%s` | %s | %s | %s |\n"
              .formatted(
                  key.name().substring(dot + 1),
                  value.isEmpty() ? "none" : value,
                  key.type().expected().replace("|", "\\|"),
                  key.reload() == ConfigKey.Reload.LIVE ? "yes" : "",
                  comments.getOrDefault(key.name(), "").replace("|", "\\|")));
    }
    return page.toString();
  }

  /** The lines above each key; of several keys below one comment each has it. */
  private static Map<String, String> comments() throws IOException {
    Map<String, String> comments = new HashMap<>();
    List<String> above = new ArrayList<>();
    String table = "";
    boolean afterKey = false;
    for (String line : Files.readAllLines(DEFAULT_FILE)) {
      if (line.startsWith("#")) {
        if (afterKey) {
          above.clear();
        }
        above.add(line.substring(1).strip());
        afterKey = false;
      } else if (line.startsWith("[")) {
        table = line.substring(1, line.indexOf(']')) + ".";
        above.clear();
      } else if (line.contains("=")) {
        String name = table + line.substring(0, line.indexOf('=')).strip();
        if (!above.isEmpty()) {
          comments.put(name, String.join(" ", above).replace(" (live)", ""));
        }
        afterKey = true;
      } else if (line.isBlank()) {
        above.clear();
      }
    }
    return comments;
  }
}
