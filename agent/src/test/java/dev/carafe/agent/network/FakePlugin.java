package dev.carafe.agent.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A CNI plugin in shell that writes down how it was called and then does what the test says. */
final class FakePlugin {
  private static final String SCRIPT =
      """
      #!/bin/sh
      here="${0%/*}"; name="${0##*/}"
      mkdir -p "$here/calls"
      call="$here/calls/$(ls "$here/calls" | wc -l | xargs printf '%03d')-$name"
      mkdir "$call"; env > "$call/env"; cat > "$call/stdin"
      if [ -f "$0.$CNI_COMMAND" ]; then . "$0.$CNI_COMMAND"; fi
      """;

  private final Path program;

  private FakePlugin(Path program) {
    this.program = program;
  }

  /** How a plugin was called. */
  record Call(String plugin, Map<String, String> env, JsonNode stdin) {
    String verb() {
      return env.getOrDefault("CNI_COMMAND", "");
    }

    @Override
    public String toString() {
      return plugin + " " + verb();
    }
  }

  static FakePlugin install(Path binDir, String name) throws IOException {
    Path program = binDir.resolve(name);
    Files.writeString(program, SCRIPT);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return new FakePlugin(program);
  }

  /** What follows the writing down: shell. */
  FakePlugin on(String verb, String shell) throws IOException {
    Files.writeString(program.resolveSibling(program.getFileName() + "." + verb), shell);
    return this;
  }

  /** ADD prints this. */
  FakePlugin result(String json) throws IOException {
    return on("ADD", "cat <<'END'\n" + json + "\nEND\n");
  }

  void uninstall() throws IOException {
    Files.delete(program);
  }

  /** All calls of all plugins of this directory, oldest first. */
  static List<Call> calls(Path binDir) throws IOException {
    Path directory = binDir.resolve("calls");
    List<Call> calls = new ArrayList<>();
    if (Files.exists(directory)) {
      try (Stream<Path> entries = Files.list(directory)) {
        for (Path entry : entries.sorted().toList()) {
          calls.add(read(entry));
        }
      }
    }
    return calls;
  }

  private static Call read(Path entry) throws IOException {
    Map<String, String> env = new TreeMap<>();
    for (String line : Files.readAllLines(entry.resolve("env"))) {
      env.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
    }
    String name = entry.getFileName().toString().substring(4);
    return new Call(name, env, new ObjectMapper().readTree(entry.resolve("stdin").toFile()));
  }
}
