package dev.carafe.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code log.format = "json"}, of an agent that cannot run and says why. */
class JsonLogIT {
  @TempDir private Path directory;

  @Test
  void everyLineIsAnObject() throws Exception {
    Path config = directory.resolve("carafe.toml");
    // A state directory whose path is too long for sockets.
    Files.writeString(
        config,
        "root = \"%1$s/root\"\nstate = \"%1$s/a-state-directory-with-a-long-name\"\n[log]\nformat = \"json\"\n"
            .formatted(directory));
    Process carafed =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dcarafe.libexec=" + System.getProperty("carafe.libexec"),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.carafe.agent.Main",
                "--config",
                config.toString())
            .start();
    List<String> lines =
        new String(carafed.getErrorStream().readAllBytes(), UTF_8).lines().toList();
    assertThat(carafed.waitFor()).isOne();

    assertThat(lines).isNotEmpty();
    ObjectMapper json = new ObjectMapper();
    for (String line : lines) {
      JsonNode event = json.readTree(line);
      assertThat(event.has("@timestamp")).as(line).isTrue();
    }
    JsonNode fatal = json.readTree(lines.getLast());
    assertThat(fatal.path("log.level").asText()).isEqualTo("FATAL");
    assertThat(fatal.path("message").asText()).contains("state directory");
  }
}
