package dev.carafe.agent.network;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Calls single plugins: environment, standard input, and what their output means (CNI specification
 * 1.1.0, sections 2 and 3). Immutable.
 */
final class PluginCalls {
  /** Plugins call iptables, ip and the like; nothing else of the agent's environment is theirs. */
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private static final int MAX_QUOTED = 512;

  private final PluginRunner runner;
  private final List<Path> binDirs;

  PluginCalls(PluginRunner runner, List<Path> binDirs) {
    this.runner = runner;
    this.binDirs = List.copyOf(binDirs);
  }

  /** What a plugin can be asked for, and how long it may take before it is killed. */
  enum Verb {
    ADD(Duration.ofSeconds(90)),
    DEL(Duration.ofSeconds(60)),
    CHECK(Duration.ofSeconds(30)),
    STATUS(Duration.ofSeconds(5));

    private final Duration timeout;

    Verb(Duration timeout) {
      this.timeout = timeout;
    }
  }

  /** The complaint about a network's first plugin that is nowhere; null when all are there. */
  @Nullable String missing(CniNetwork network) {
    for (CniPlugin plugin : network.plugins()) {
      if (find(plugin.type()) == null) {
        return notFound(plugin.type());
      }
    }
    return null;
  }

  List<Path> binDirs() {
    return binDirs;
  }

  /** ADD of one plugin: its result, with the chain's result so far as its input. */
  CniResult add(
      CniNetwork network, CniPlugin plugin, AttachmentRecord record, @Nullable ObjectNode previous)
      throws CniException, InterruptedException {
    String stdout = call(Verb.ADD, network, plugin, record, previous);
    String who = who(Verb.ADD, network, plugin);
    try {
      return CniResult.parse(JsonPlace.parse(stdout), network.version());
    } catch (JsonPlace.MalformedException e) {
      throw new CniException(who + " gave a malformed result: " + e.getMessage(), e);
    } catch (JacksonException e) {
      throw new CniException(
          who + " gave a result that is not JSON: " + e.getOriginalMessage() + ": " + quote(stdout),
          e);
    }
  }

  /** DEL or CHECK of one plugin. */
  void call(Verb verb, CniNetwork network, CniPlugin plugin, AttachmentRecord record)
      throws CniException, InterruptedException {
    call(verb, network, plugin, record, network.version().hasCheck() ? record.result() : null);
  }

  /** STATUS of one plugin: it returns when ADD can be expected to work. */
  void status(CniNetwork network, CniPlugin plugin) throws CniException, InterruptedException {
    Map<String, String> env = environment(Verb.STATUS);
    run(Verb.STATUS, network, plugin, env, configuration(network, plugin));
  }

  private String call(
      Verb verb,
      CniNetwork network,
      CniPlugin plugin,
      AttachmentRecord record,
      @Nullable ObjectNode previous)
      throws CniException, InterruptedException {
    Map<String, String> env = environment(verb);
    env.put("CNI_CONTAINERID", record.podId());
    env.put("CNI_IFNAME", record.ifname());
    env.put("CNI_ARGS", record.cniArgs());
    env.put("CNI_NETNS", NetnsPin.isAlive(Path.of(record.netns())) ? record.netns() : "");
    ObjectNode config = configuration(network, plugin);
    ObjectNode settings = record.runtimeConfig().deepCopy().retain(plugin.capabilities());
    if (!settings.isEmpty()) {
      config.set("runtimeConfig", settings);
    }
    if (previous != null && network.version().hasPrevResult()) {
      config.set("prevResult", previous.deepCopy().put("cniVersion", network.version().text()));
    }
    return run(verb, network, plugin, env, config);
  }

  /** The plugin's own configuration with what section 4 ("deriving") puts in and takes out. */
  private static ObjectNode configuration(CniNetwork network, CniPlugin plugin) {
    ObjectNode config = plugin.config().deepCopy();
    config.remove("capabilities");
    return config.put("cniVersion", network.version().text()).put("name", network.name());
  }

  private Map<String, String> environment(Verb verb) {
    Map<String, String> env = new HashMap<>();
    env.put("PATH", PATH);
    env.put("CNI_COMMAND", verb.name());
    env.put("CNI_PATH", joined(binDirs, ":"));
    return env;
  }

  private String run(
      Verb verb, CniNetwork network, CniPlugin plugin, Map<String, String> env, ObjectNode config)
      throws CniException, InterruptedException {
    Path program = find(plugin.type());
    if (program == null) {
      throw new CniException(notFound(plugin.type()));
    }
    byte[] stdin = config.toString().getBytes(UTF_8);
    PluginOutput output;
    try {
      output = runner.run(List.of(program.toString()), env, stdin, verb.timeout);
    } catch (IOException e) {
      throw new CniException(
          who(verb, network, plugin) + " could not be run: " + e.getMessage(), e);
    }
    if (output.timedOut()) {
      throw new CniException(
          "%s was killed after %d s"
              .formatted(who(verb, network, plugin), verb.timeout.toSeconds()));
    }
    if (output.exitCode() != 0) {
      throw new CniException(who(verb, network, plugin) + " failed: " + complaint(output));
    }
    return output.stdout();
  }

  /** The plugin's error object, or what it printed when it printed none. */
  private String complaint(PluginOutput output) {
    try {
      JsonNode error = JsonPlace.parse(output.stdout()).node();
      if (error.path("msg").isTextual()) {
        String details = error.path("details").asText("");
        return error.path("msg").asText()
            + (details.isEmpty() ? "" : ": " + details)
            + " (code "
            + error.path("code").asText("unknown")
            + ")";
      }
    } catch (JacksonException _) {
      // Then the words themselves are quoted.
    }
    String words = output.stderr().isBlank() ? output.stdout() : output.stderr();
    return "exit code %d: %s".formatted(output.exitCode(), quote(words));
  }

  private static String quote(String text) {
    String stripped = text.strip();
    if (stripped.isEmpty()) {
      return "it printed nothing";
    }
    return stripped.length() > MAX_QUOTED ? stripped.substring(0, MAX_QUOTED) + "..." : stripped;
  }

  private static String who(Verb verb, CniNetwork network, CniPlugin plugin) {
    return "%s of CNI plugin \"%s\" (network %s)".formatted(verb, plugin.type(), network.name());
  }

  private @Nullable Path find(String type) {
    for (Path directory : binDirs) {
      Path program = directory.resolve(type);
      if (Files.isRegularFile(program) && Files.isExecutable(program)) {
        return program;
      }
    }
    return null;
  }

  private String notFound(String type) {
    return "CNI plugin \"%s\" is in none of %s; install it or set network.bin_dirs"
        .formatted(type, joined(binDirs, ", "));
  }

  private static String joined(List<Path> paths, String separator) {
    return paths.stream().map(Path::toString).collect(Collectors.joining(separator));
  }
}
