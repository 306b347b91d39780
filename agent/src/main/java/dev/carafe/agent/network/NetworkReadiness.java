package dev.carafe.agent.network;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The NetworkReady condition of CRI's Status and what its verbose answer adds.
 *
 * @param reason empty when ready, else {@value #NOT_READY}
 * @param message empty when ready, else the sentence that an operator reads
 * @param networkName empty when there is none
 * @param skippedFiles configurations that were passed over, each with its reason; also when ready
 * @param cniConfig what the verbose information calls "cniconfig"
 */
public record NetworkReadiness(
    boolean ready,
    String reason,
    String message,
    String networkName,
    List<String> skippedFiles,
    ObjectNode cniConfig) {
  /** The reason that kubelet operators know. */
  public static final String NOT_READY = "NetworkPluginNotReady";

  public NetworkReadiness {
    requireNonNull(reason, "reason");
    requireNonNull(message, "message");
    requireNonNull(networkName, "networkName");
    skippedFiles = List.copyOf(skippedFiles);
    requireNonNull(cniConfig, "cniConfig");
  }

  /**
   * Looks at the configuration, looks for the plugins, and asks them where the network's version
   * has STATUS.
   */
  static NetworkReadiness of(CniConfig config, PluginCalls calls) throws InterruptedException {
    CniNetwork network = config.network();
    String message =
        network == null ? config.complaint() : requireNonNullElse(complaint(network, calls), "");
    return new NetworkReadiness(
        message.isEmpty(),
        message.isEmpty() ? "" : NOT_READY,
        message,
        network == null ? "" : network.name(),
        config.skipped(),
        describe(config, calls.binDirs()));
  }

  /** What the verbose information calls "lastCNILoadStatus". */
  public String lastLoadStatus() {
    if (!skippedFiles.isEmpty()) {
      return String.join("; ", skippedFiles);
    }
    return ready ? "OK" : message;
  }

  private static @Nullable String complaint(CniNetwork network, PluginCalls calls)
      throws InterruptedException {
    String missing = calls.missing(network);
    if (missing != null || !network.version().hasStatus()) {
      return missing;
    }
    try {
      for (CniPlugin plugin : network.plugins()) {
        calls.status(network, plugin);
      }
    } catch (CniException e) {
      return e.getMessage();
    }
    return null;
  }

  /** In the shape that containerd has made known. */
  private static ObjectNode describe(CniConfig config, List<Path> binDirs) {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    ArrayNode directories = all.putArray("PluginDirs");
    binDirs.forEach(directory -> directories.add(directory.toString()));
    all.put("PluginConfDir", config.directory().toString());
    all.put("PluginMaxConfNum", 1).put("Prefix", "eth");
    ArrayNode networks = all.putArray("Networks");
    CniNetwork network = config.network();
    if (network != null) {
      ObjectNode entry = networks.addObject().put("IFName", Attachment.DEFAULT_IFNAME);
      ObjectNode description = entry.putObject("Config");
      description.put("Name", network.name()).put("CNIVersion", network.version().text());
      ArrayNode plugins = description.putArray("Plugins");
      network.plugins().forEach(plugin -> plugins.addObject().set("Network", plugin.config()));
      description.put("Source", network.config().toString());
    }
    return all;
  }
}
