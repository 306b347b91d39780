package dev.carafe.agent.config;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The agent's whole configuration, in the shape of {@code carafe.toml}: one nested record for each
 * table. Immutable. The keys, their types and their defaults stand in {@link ConfigKeys}.
 *
 * @param root what must survive a reboot: images, pods' intents, CNI results
 * @param state what a reboot voids: shims' sockets, pids, exit records
 */
public record CarafeConfig(
    Path root,
    Path state,
    Api api,
    Stream stream,
    RuntimeSettings runtime,
    Image image,
    Network network,
    Rdt rdt,
    RdtMonitoring rdtMonitoring,
    RdtController rdtController,
    Metrics metrics,
    Trace trace,
    Log log) {
  public CarafeConfig {
    requireNonNull(root, "root");
    requireNonNull(state, "state");
    requireNonNull(api, "api");
    requireNonNull(stream, "stream");
    requireNonNull(runtime, "runtime");
    requireNonNull(image, "image");
    requireNonNull(network, "network");
    requireNonNull(rdt, "rdt");
    requireNonNull(rdtMonitoring, "rdtMonitoring");
    requireNonNull(rdtController, "rdtController");
    requireNonNull(metrics, "metrics");
    requireNonNull(trace, "trace");
    requireNonNull(log, "log");
  }

  /** What a node without a configuration file runs with. */
  public static CarafeConfig defaults() {
    return ConfigKeys.build(ConfigKey::defaultValue);
  }

  /**
   * {@code [api]}.
   *
   * @param listen where CRI is served, {@code unix:///ABSOLUTE/PATH}
   */
  public record Api(String listen) {
    public Api {
      requireNonNull(listen, "listen");
    }

    /** The socket's file. */
    public Path socket() {
      return Path.of(listen.substring(ConfigTypes.UNIX_SCHEME.length()));
    }
  }

  /**
   * {@code [stream]}.
   *
   * @param listen {@code HOST:PORT}; port 0 picks a free one
   * @param tlsCert certificate chain in PEM, null for plain HTTP
   * @param tlsKey its PKCS#8 key in PEM; set exactly when {@code tlsCert} is
   */
  public record Stream(String listen, @Nullable Path tlsCert, @Nullable Path tlsKey) {
    public Stream {
      requireNonNull(listen, "listen");
    }

    /** Where to listen, unresolved. */
    public InetSocketAddress address() {
      return requireNonNull(ConfigTypes.parseHostAnyPort(listen), "listen");
    }
  }

  /** Who makes pod cgroups; AUTO asks the node. */
  public enum CgroupDriver {
    AUTO,
    CGROUPFS,
    SYSTEMD
  }

  /**
   * {@code [runtime]}.
   *
   * @param cgroupRoot where the cgroup file systems are mounted
   * @param cgroupParent the parent of pods that name none
   * @param seccompProfile the profile for RuntimeDefault, null for the built-in one
   * @param criu the program for checkpoints: a name found by PATH, or an absolute path
   * @param cdiSpecDirs directories of CDI files, the later the stronger
   * @param handlers runtime handlers beside "" and "carafe", by name
   */
  public record RuntimeSettings(
      CgroupDriver cgroupDriver,
      Path cgroupRoot,
      String cgroupParent,
      @Nullable Path seccompProfile,
      String criu,
      List<Path> cdiSpecDirs,
      Map<String, RuntimeHandlers.Handler> handlers) {
    public RuntimeSettings {
      requireNonNull(cgroupDriver, "cgroupDriver");
      requireNonNull(cgroupRoot, "cgroupRoot");
      requireNonNull(cgroupParent, "cgroupParent");
      requireNonNull(criu, "criu");
      cdiSpecDirs = List.copyOf(cdiSpecDirs);
      handlers = Map.copyOf(handlers);
    }
  }

  /**
   * {@code [image]}.
   *
   * @param hostsDir a directory of {@code HOST/hosts.toml}: mirrors and how to reach them
   * @param progressTimeout seconds without a byte after which a pull fails
   * @param verifier the program that judges images before they are pulled; null for none
   * @param verifierTimeout seconds that it may take
   * @param pinned names of images that are not to be removed, with {@code *} for anything
   */
  public record Image(
      Path hostsDir,
      int progressTimeout,
      @Nullable Path verifier,
      int verifierTimeout,
      List<String> pinned) {
    public Image {
      requireNonNull(hostsDir, "hostsDir");
      pinned = List.copyOf(pinned);
    }
  }

  /**
   * {@code [network]}.
   *
   * @param confDir where CNI configurations are; the first valid one in name order is used
   * @param binDirs where CNI plugins are looked for, in this order; at least one
   * @param cacheDir what was attached and with which configuration
   */
  public record Network(Path confDir, List<Path> binDirs, Path cacheDir) {
    public Network {
      requireNonNull(confDir, "confDir");
      binDirs = List.copyOf(binDirs);
      requireNonNull(cacheDir, "cacheDir");
    }
  }

  /** Whether resctrl may be mounted when it is not. */
  public enum RdtMount {
    AUTO,
    NEVER
  }

  /** What to do with a pod that asks for a class on a node that has no RDT. */
  public enum WhenMissing {
    TOLERATE,
    REQUIRE
  }

  /**
   * {@code [rdt]}.
   *
   * @param configFile the classes, in goresctrl's YAML; null when there are none
   * @param mountOptions as for mount(8), {@code cdp,mba_MBps}; empty for none
   */
  public record Rdt(
      @Nullable Path configFile,
      RdtMount mount,
      String mountOptions,
      Path resctrlRoot,
      WhenMissing whenMissing) {
    public Rdt {
      requireNonNull(mount, "mount");
      requireNonNull(mountOptions, "mountOptions");
      requireNonNull(resctrlRoot, "resctrlRoot");
      requireNonNull(whenMissing, "whenMissing");
    }
  }

  /** Who has a monitoring group of its own. */
  public enum MonitoringScope {
    NONE,
    POD,
    CONTAINER
  }

  /**
   * {@code [rdt] monitoring} and {@code monitoring_required}.
   *
   * @param scope who has a monitoring group
   * @param required whether a container without one must not start
   */
  public record RdtMonitoring(MonitoringScope scope, boolean required) {
    public RdtMonitoring {
      requireNonNull(scope, "scope");
    }
  }

  /**
   * {@code [rdt.controller]}.
   *
   * @param protect the class whose bandwidth is kept; empty for no controller
   * @param target its bandwidth in each L3 domain where it wants that much, MiB/s
   * @param throttle classes that may be throttled; empty for all other ones of Carafe's own
   * @param lowest MB value, percent, below which nobody is throttled
   * @param interval milliseconds between two looks at the counters
   * @param dryRun whether decisions are only logged
   */
  public record RdtController(
      String protect, int target, List<String> throttle, int lowest, int interval, boolean dryRun) {
    public RdtController {
      requireNonNull(protect, "protect");
      throttle = List.copyOf(throttle);
    }
  }

  /**
   * {@code [metrics]}.
   *
   * @param listen {@code HOST:PORT} of the Prometheus endpoint; empty for none
   */
  public record Metrics(String listen) {
    public Metrics {
      requireNonNull(listen, "listen");
    }

    /** Where to listen, unresolved; null when no endpoint is wanted. */
    public @Nullable InetSocketAddress address() {
      return listen.isEmpty() ? null : ConfigTypes.parseHostPort(listen);
    }
  }

  /**
   * {@code [trace]}.
   *
   * @param endpoint of an OpenTelemetry collector (OTLP over HTTP); null for no traces
   */
  public record Trace(@Nullable URI endpoint) {}

  /** How much the agent says. */
  public enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }

  /** What a line of the log is. */
  public enum LogFormat {
    TEXT,
    JSON
  }

  /** {@code [log]}. */
  public record Log(LogLevel level, LogFormat format) {
    public Log {
      requireNonNull(level, "level");
      requireNonNull(format, "format");
    }
  }
}
