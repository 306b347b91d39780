package dev.carafe.agent.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The runtime handlers that a RuntimeClass can name: the two that are always there, "" and
 * "carafe", and those of {@code [runtime.handlers.NAME]}. Immutable.
 */
public final class RuntimeHandlers {
  /** The handler of Carafe's own RuntimeClass. */
  public static final String OWN = "carafe";

  private final Map<String, Handler> handlers;

  /** These, "" and "carafe", which may be among them. */
  public RuntimeHandlers(Map<String, Handler> configured) {
    Map<String, Handler> all = new TreeMap<>(Map.of("", Handler.PLAIN, OWN, Handler.PLAIN));
    all.putAll(configured);
    this.handlers = Map.copyOf(all);
  }

  /**
   * How pods of a handler are run.
   *
   * @param privilegedWithoutHostDevices whether privileged containers get no devices of the host
   */
  public record Handler(boolean privilegedWithoutHostDevices) {
    /** With nothing configured. */
    public static final Handler PLAIN = new Handler(false);
  }

  /** All names, "" first. */
  public List<String> names() {
    return new ArrayList<>(handlers.keySet()).stream().sorted().toList();
  }

  /** The handler of this name, or null. */
  public @Nullable Handler find(String name) {
    return handlers.get(name);
  }

  /** The handler of a pod; a name that is not configured any more is the plain one. */
  public Handler get(String name) {
    return handlers.getOrDefault(name, Handler.PLAIN);
  }
}
