package dev.carafe.agent.config;

import dev.carafe.agent.failure.Failure;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
    return handlers.keySet().stream().sorted().toList();
  }

  /**
   * The handler that a request names.
   *
   * @throws Failure of kind INVALID for one that is not configured
   */
  public Handler require(String name) {
    Handler handler = handlers.get(name);
    if (handler == null) {
      throw Failure.invalid(
          "runtime_handler is \"%s\": expected one of %s; others come from [runtime.handlers.NAME]"
              .formatted(name, names()));
    }
    return handler;
  }

  /** The handler of a pod; a name that is not configured any more is the plain one. */
  public Handler get(String name) {
    return handlers.getOrDefault(name, Handler.PLAIN);
  }
}
