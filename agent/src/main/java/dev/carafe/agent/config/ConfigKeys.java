package dev.carafe.agent.config;

import static dev.carafe.agent.config.ConfigKey.Reload.LIVE;
import static dev.carafe.agent.config.ConfigKey.Reload.RESTART;

import dev.carafe.agent.config.CarafeConfig.CgroupDriver;
import dev.carafe.agent.config.CarafeConfig.LogFormat;
import dev.carafe.agent.config.CarafeConfig.LogLevel;
import dev.carafe.agent.config.CarafeConfig.MonitoringScope;
import dev.carafe.agent.config.CarafeConfig.RdtMount;
import dev.carafe.agent.config.CarafeConfig.WhenMissing;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of all keys: the one place where names, types, defaults and what a reload can change
 * are written.
 */
final class ConfigKeys {
  static final ConfigKey<Path> ROOT =
      new ConfigKey<>(
          "root", ConfigTypes.PATH, Path.of("/var/lib/carafe"), RESTART, CarafeConfig::root);
  static final ConfigKey<Path> STATE =
      new ConfigKey<>(
          "state", ConfigTypes.PATH, Path.of("/run/carafe"), RESTART, CarafeConfig::state);
  static final ConfigKey<String> API_LISTEN =
      new ConfigKey<>(
          "api.listen",
          ConfigTypes.UNIX_ADDRESS,
          "unix:///run/carafe/carafe.sock",
          RESTART,
          c -> c.api().listen());
  static final ConfigKey<String> STREAM_LISTEN =
      new ConfigKey<>(
          "stream.listen",
          ConfigTypes.HOST_ANY_PORT,
          "127.0.0.1:0",
          RESTART,
          c -> c.stream().listen());
  static final ConfigKey<String> STREAM_TLS_CERT =
      new ConfigKey<>(
          "stream.tls_cert",
          ConfigTypes.PATH_OR_EMPTY,
          "",
          RESTART,
          c -> text(c.stream().tlsCert()));
  static final ConfigKey<String> STREAM_TLS_KEY =
      new ConfigKey<>(
          "stream.tls_key", ConfigTypes.PATH_OR_EMPTY, "", RESTART, c -> text(c.stream().tlsKey()));
  static final ConfigKey<CgroupDriver> CGROUP_DRIVER =
      new ConfigKey<>(
          "runtime.cgroup_driver",
          ConfigTypes.oneOf(CgroupDriver.class),
          CgroupDriver.AUTO,
          RESTART,
          c -> c.runtime().cgroupDriver());
  static final ConfigKey<Path> CGROUP_ROOT =
      new ConfigKey<>(
          "runtime.cgroup_root",
          ConfigTypes.PATH,
          Path.of("/sys/fs/cgroup"),
          RESTART,
          c -> c.runtime().cgroupRoot());
  static final ConfigKey<String> CGROUP_PARENT =
      new ConfigKey<>(
          "runtime.cgroup_parent",
          ConfigTypes.CGROUP,
          "/carafe",
          RESTART,
          c -> c.runtime().cgroupParent());
  static final ConfigKey<String> SECCOMP_PROFILE =
      new ConfigKey<>(
          "runtime.seccomp_profile",
          ConfigTypes.PATH_OR_EMPTY,
          "",
          RESTART,
          c -> text(c.runtime().seccompProfile()));
  static final ConfigKey<String> CRIU =
      new ConfigKey<>(
          "runtime.criu", ConfigTypes.PROGRAM, "criu", RESTART, c -> c.runtime().criu());
  static final ConfigKey<List<Path>> CDI_SPEC_DIRS =
      new ConfigKey<>(
          "runtime.cdi_spec_dirs",
          ConfigTypes.PATHS,
          List.of(Path.of("/etc/cdi"), Path.of("/var/run/cdi")),
          RESTART,
          c -> c.runtime().cdiSpecDirs());
  static final ConfigKey<Map<String, RuntimeHandlers.Handler>> HANDLERS =
      new ConfigKey<>(
          "runtime.handlers", ConfigTypes.HANDLERS, Map.of(), RESTART, c -> c.runtime().handlers());
  static final ConfigKey<Path> HOSTS_DIR =
      new ConfigKey<>(
          "image.hosts_dir",
          ConfigTypes.PATH,
          Path.of("/etc/carafe/certs.d"),
          LIVE,
          c -> c.image().hostsDir());
  static final ConfigKey<Integer> PROGRESS_TIMEOUT =
      new ConfigKey<>(
          "image.progress_timeout_s",
          ConfigTypes.number(1, 86_400),
          300,
          RESTART,
          c -> c.image().progressTimeout());
  static final ConfigKey<String> VERIFIER =
      new ConfigKey<>(
          "image.verifier", ConfigTypes.PATH_OR_EMPTY, "", LIVE, c -> text(c.image().verifier()));
  static final ConfigKey<Integer> VERIFIER_TIMEOUT =
      new ConfigKey<>(
          "image.verifier_timeout_s",
          ConfigTypes.number(1, 600),
          30,
          RESTART,
          c -> c.image().verifierTimeout());
  static final ConfigKey<List<String>> PINNED =
      new ConfigKey<>(
          "image.pinned", ConfigTypes.TEXTS, List.of(), RESTART, c -> c.image().pinned());
  static final ConfigKey<Path> CONF_DIR =
      new ConfigKey<>(
          "network.conf_dir",
          ConfigTypes.PATH,
          Path.of("/etc/cni/net.d"),
          LIVE,
          c -> c.network().confDir());
  static final ConfigKey<List<Path>> BIN_DIRS =
      new ConfigKey<>(
          "network.bin_dirs",
          ConfigTypes.PATHS,
          List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni")),
          LIVE,
          c -> c.network().binDirs());
  static final ConfigKey<String> CACHE_DIR =
      new ConfigKey<>(
          "network.cache_dir",
          ConfigTypes.PATH_OR_EMPTY,
          "",
          RESTART,
          c -> c.network().cacheDir().toString());
  static final ConfigKey<String> RDT_CONFIG_FILE =
      new ConfigKey<>(
          "rdt.config_file", ConfigTypes.PATH_OR_EMPTY, "", LIVE, c -> text(c.rdt().configFile()));
  static final ConfigKey<RdtMount> RDT_MOUNT =
      new ConfigKey<>(
          "rdt.mount",
          ConfigTypes.oneOf(RdtMount.class),
          RdtMount.AUTO,
          RESTART,
          c -> c.rdt().mount());
  static final ConfigKey<String> RDT_MOUNT_OPTIONS =
      new ConfigKey<>(
          "rdt.mount_options", ConfigTypes.TEXT, "", RESTART, c -> c.rdt().mountOptions());
  static final ConfigKey<Path> RESCTRL_ROOT =
      new ConfigKey<>(
          "rdt.resctrl_root",
          ConfigTypes.PATH,
          Path.of("/sys/fs/resctrl"),
          RESTART,
          c -> c.rdt().resctrlRoot());
  static final ConfigKey<WhenMissing> WHEN_MISSING =
      new ConfigKey<>(
          "rdt.when_missing",
          ConfigTypes.oneOf(WhenMissing.class),
          WhenMissing.TOLERATE,
          LIVE,
          c -> c.rdt().whenMissing());
  static final ConfigKey<MonitoringScope> RDT_MONITORING =
      new ConfigKey<>(
          "rdt.monitoring",
          ConfigTypes.oneOf(MonitoringScope.class),
          MonitoringScope.NONE,
          RESTART,
          c -> c.rdtMonitoring().scope());
  static final ConfigKey<Boolean> RDT_MONITORING_REQUIRED =
      new ConfigKey<>(
          "rdt.monitoring_required",
          ConfigTypes.BOOL,
          false,
          RESTART,
          c -> c.rdtMonitoring().required());
  static final ConfigKey<String> CONTROLLER_PROTECT =
      new ConfigKey<>(
          "rdt.controller.protect",
          ConfigTypes.TEXT,
          "",
          RESTART,
          c -> c.rdtController().protect());
  static final ConfigKey<Integer> CONTROLLER_TARGET =
      new ConfigKey<>(
          "rdt.controller.target_mibps",
          ConfigTypes.number(1, 10_000_000),
          1000,
          RESTART,
          c -> c.rdtController().target());
  static final ConfigKey<List<String>> CONTROLLER_THROTTLE =
      new ConfigKey<>(
          "rdt.controller.throttle",
          ConfigTypes.TEXTS,
          List.of(),
          RESTART,
          c -> c.rdtController().throttle());
  static final ConfigKey<Integer> CONTROLLER_LOWEST =
      new ConfigKey<>(
          "rdt.controller.lowest_percent",
          ConfigTypes.number(1, 100),
          20,
          RESTART,
          c -> c.rdtController().lowest());
  static final ConfigKey<Integer> CONTROLLER_INTERVAL =
      new ConfigKey<>(
          "rdt.controller.interval_ms",
          ConfigTypes.number(50, 60_000),
          1000,
          RESTART,
          c -> c.rdtController().interval());
  static final ConfigKey<Boolean> CONTROLLER_DRY_RUN =
      new ConfigKey<>(
          "rdt.controller.dry_run",
          ConfigTypes.BOOL,
          false,
          RESTART,
          c -> c.rdtController().dryRun());
  static final ConfigKey<String> METRICS_LISTEN =
      new ConfigKey<>(
          "metrics.listen", ConfigTypes.HOST_PORT_OR_EMPTY, "", RESTART, c -> c.metrics().listen());
  static final ConfigKey<String> TRACE_ENDPOINT =
      new ConfigKey<>(
          "trace.endpoint",
          ConfigTypes.HTTP_URL_OR_EMPTY,
          "",
          RESTART,
          c -> c.trace().endpoint() == null ? "" : c.trace().endpoint().toString());
  static final ConfigKey<LogLevel> LOG_LEVEL =
      new ConfigKey<>(
          "log.level",
          ConfigTypes.oneOf(LogLevel.class),
          LogLevel.INFO,
          LIVE,
          c -> c.log().level());

  static final ConfigKey<LogFormat> LOG_FORMAT =
      new ConfigKey<>(
          "log.format",
          ConfigTypes.oneOf(LogFormat.class),
          LogFormat.TEXT,
          RESTART,
          c -> c.log().format());

  /** All of them, in the order of the default file. */
  static final List<ConfigKey<?>> ALL =
      List.of(
          ROOT,
          STATE,
          API_LISTEN,
          STREAM_LISTEN,
          STREAM_TLS_CERT,
          STREAM_TLS_KEY,
          CGROUP_DRIVER,
          CGROUP_ROOT,
          CGROUP_PARENT,
          SECCOMP_PROFILE,
          CRIU,
          CDI_SPEC_DIRS,
          HANDLERS,
          HOSTS_DIR,
          PROGRESS_TIMEOUT,
          VERIFIER,
          VERIFIER_TIMEOUT,
          PINNED,
          CONF_DIR,
          BIN_DIRS,
          CACHE_DIR,
          RDT_CONFIG_FILE,
          RDT_MOUNT,
          RDT_MOUNT_OPTIONS,
          RESCTRL_ROOT,
          WHEN_MISSING,
          RDT_MONITORING,
          RDT_MONITORING_REQUIRED,
          CONTROLLER_PROTECT,
          CONTROLLER_TARGET,
          CONTROLLER_THROTTLE,
          CONTROLLER_LOWEST,
          CONTROLLER_INTERVAL,
          CONTROLLER_DRY_RUN,
          METRICS_LISTEN,
          TRACE_ENDPOINT,
          LOG_LEVEL,
          LOG_FORMAT);

  private ConfigKeys() {}

  /** Builds the records from one value a key. */
  static CarafeConfig build(ConfigKey.Values values) {
    Path root = values.get(ROOT);
    Path cacheDir = pathOrNull(values.get(CACHE_DIR));
    return new CarafeConfig(
        root,
        values.get(STATE),
        new CarafeConfig.Api(values.get(API_LISTEN)),
        new CarafeConfig.Stream(
            values.get(STREAM_LISTEN),
            pathOrNull(values.get(STREAM_TLS_CERT)),
            pathOrNull(values.get(STREAM_TLS_KEY))),
        new CarafeConfig.RuntimeSettings(
            values.get(CGROUP_DRIVER),
            values.get(CGROUP_ROOT),
            values.get(CGROUP_PARENT),
            pathOrNull(values.get(SECCOMP_PROFILE)),
            values.get(CRIU),
            values.get(CDI_SPEC_DIRS),
            values.get(HANDLERS)),
        new CarafeConfig.Image(
            values.get(HOSTS_DIR),
            values.get(PROGRESS_TIMEOUT),
            pathOrNull(values.get(VERIFIER)),
            values.get(VERIFIER_TIMEOUT),
            values.get(PINNED)),
        new CarafeConfig.Network(
            values.get(CONF_DIR),
            values.get(BIN_DIRS),
            cacheDir == null ? root.resolve("cni") : cacheDir),
        new CarafeConfig.Rdt(
            pathOrNull(values.get(RDT_CONFIG_FILE)),
            values.get(RDT_MOUNT),
            values.get(RDT_MOUNT_OPTIONS),
            values.get(RESCTRL_ROOT),
            values.get(WHEN_MISSING)),
        new CarafeConfig.RdtMonitoring(
            values.get(RDT_MONITORING), values.get(RDT_MONITORING_REQUIRED)),
        new CarafeConfig.RdtController(
            values.get(CONTROLLER_PROTECT),
            values.get(CONTROLLER_TARGET),
            values.get(CONTROLLER_THROTTLE),
            values.get(CONTROLLER_LOWEST),
            values.get(CONTROLLER_INTERVAL),
            values.get(CONTROLLER_DRY_RUN)),
        new CarafeConfig.Metrics(values.get(METRICS_LISTEN)),
        new CarafeConfig.Trace(urlOrNull(values.get(TRACE_ENDPOINT))),
        new CarafeConfig.Log(values.get(LOG_LEVEL), values.get(LOG_FORMAT)));
  }

  private static @Nullable URI urlOrNull(String url) {
    return url.isEmpty() ? null : URI.create(url);
  }

  private static @Nullable Path pathOrNull(String path) {
    return path.isEmpty() ? null : Path.of(path);
  }

  private static String text(@Nullable Path path) {
    return path == null ? "" : path.toString();
  }
}
