package dev.carafe.agent.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.agent.oci.SeccompChoice;
import dev.carafe.runtime.spec.LinuxResources;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.state.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Bundles on disk: config.json as any OCI runtime would read it, and beside it what it has no field
 * for. Thread-safe.
 */
public final class Bundles {
  private static final String LAUNCH = "launch.json";
  private static final String UNCONFINED = "unconfined";
  private static final String RUNTIME_DEFAULT = "runtime/default";

  private final ObjectMapper json = new ObjectMapper();

  /** Writes a bundle into a container's directory, which exists. Atomic, not fsynced. */
  public void save(ContainerPaths paths, Bundle bundle) throws IOException {
    ObjectNode launch = json.createObjectNode();
    bundle.lowers().forEach(lower -> launch.withArray("lowers").add(lower.toString()));
    launch.put("seccomp", text(bundle.seccomp()));
    DurableFile.replace(paths.configJson(), json.writeValueAsBytes(bundle.spec()));
    DurableFile.replace(paths.dir().resolve(LAUNCH), json.writeValueAsBytes(launch));
  }

  /** Replaces the limits of a bundle, device rules excepted. */
  public void update(ContainerPaths paths, LinuxResources limits) throws IOException {
    ObjectNode spec = (ObjectNode) json.readTree(Files.readAllBytes(paths.configJson()));
    ObjectNode linux = spec.withObject("linux");
    JsonNode devices = linux.path("resources").path("devices");
    ObjectNode resources = json.valueToTree(limits);
    if (!devices.isMissingNode()) {
      resources.set("devices", devices);
    }
    linux.set("resources", resources);
    DurableFile.replace(paths.configJson(), json.writeValueAsBytes(spec));
  }

  /** Reads a container's bundle. */
  public Bundle load(ContainerPaths paths) throws IOException {
    Spec spec = json.readValue(Files.readAllBytes(paths.configJson()), Spec.class);
    JsonNode launch = json.readTree(Files.readAllBytes(paths.dir().resolve(LAUNCH)));
    List<Path> lowers = new ArrayList<>();
    launch.required("lowers").forEach(lower -> lowers.add(Path.of(lower.asText())));
    return new Bundle(spec, lowers, choice(launch.required("seccomp").asText()));
  }

  private static String text(SeccompChoice choice) {
    return switch (choice) {
      case SeccompChoice.Unconfined none -> UNCONFINED;
      case SeccompChoice.RuntimeDefault ours -> RUNTIME_DEFAULT;
      case SeccompChoice.Localhost file -> file.profile().toString();
    };
  }

  private static SeccompChoice choice(String text) {
    return switch (text) {
      case UNCONFINED -> new SeccompChoice.Unconfined();
      case RUNTIME_DEFAULT -> new SeccompChoice.RuntimeDefault();
      default -> new SeccompChoice.Localhost(Path.of(text));
    };
  }
}
