package dev.carafe.node.rdt;

import static java.util.Objects.requireNonNull;

import dev.carafe.node.kube.Names;
import dev.carafe.runtime.rdt.RdtException;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.ResctrlInfo;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a node's labels say of its hardware, so that pods can be sent where a class means something.
 */
public final class RdtHardware {
  private RdtHardware() {}

  /** What resctrl says at {@code root}; null when it is not mounted or unreadable. */
  public static @Nullable ResctrlInfo read(Path root) {
    if (!Resctrl.present(root)) {
      return null;
    }
    try {
      return Resctrl.open(root).info();
    } catch (RdtException unreadable) {
      return null;
    }
  }

  /**
   * The labels, each with its value; null for one that the node does not deserve.
   *
   * @param info null for a node without RDT
   */
  public static Map<String, @Nullable String> labels(@Nullable ResctrlInfo info) {
    Map<String, @Nullable String> labels = new TreeMap<>();
    put(labels, "l3", info != null && has(info, "L3"));
    put(labels, "l2", info != null && has(info, "L2"));
    put(labels, "cdp", info != null && (has(info, "L3CODE") || has(info, "L2CODE")));
    put(labels, "mba", info != null && info.bandwidth() != null);
    put(labels, "monitoring", info != null && info.monitoring() != null);
    labels.put(
        Names.RDT_LABEL_PREFIX + "classes", info == null ? null : Integer.toString(info.classes()));
    return labels;
  }

  private static boolean has(ResctrlInfo info, String resource) {
    return info.caches().keySet().stream().anyMatch(name -> name.startsWith(resource));
  }

  private static void put(Map<String, @Nullable String> labels, String name, boolean present) {
    labels.put(requireNonNull(Names.RDT_LABEL_PREFIX + name), present ? "true" : null);
  }
}
