package dev.carafe.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {
  @TempDir private Path dir;
  private Path file;

  @BeforeEach
  void nameTheFile() {
    file = dir.resolve("carafe.toml");
  }

  private CarafeConfig load(String... more) throws ConfigException {
    List<String> arguments = new ArrayList<>(List.of("--config", file.toString()));
    arguments.addAll(List.of(more));
    return ConfigLoader.load(Flags.parse(arguments));
  }

  private void write(String text) throws IOException {
    Files.writeString(file, text);
  }

  private void writeDropIn(String name, String text) throws IOException {
    Path dropIns = Files.createDirectories(dir.resolve("carafe.toml.d"));
    Files.writeString(dropIns.resolve(name), text);
  }

  @Test
  void anEmptyFileGivesTheDefaultsOfTheDesign() throws Exception {
    write("");

    CarafeConfig config = load();

    assertThat(config).isEqualTo(CarafeConfig.defaults());
    assertThat(config.root()).isEqualTo(Path.of("/var/lib/carafe"));
    assertThat(config.state()).isEqualTo(Path.of("/run/carafe"));
    assertThat(config.api().socket()).isEqualTo(Path.of("/run/carafe/carafe.sock"));
    assertThat(config.runtime().cgroupDriver()).isEqualTo(CarafeConfig.CgroupDriver.AUTO);
    assertThat(config.runtime().cgroupRoot()).isEqualTo(Path.of("/sys/fs/cgroup"));
    assertThat(config.runtime().cgroupParent()).isEqualTo("/carafe");
    assertThat(config.runtime().seccompProfile()).isNull();
    assertThat(config.image().hostsDir()).isEqualTo(Path.of("/etc/carafe/certs.d"));
    assertThat(config.network().confDir()).isEqualTo(Path.of("/etc/cni/net.d"));
    assertThat(config.network().binDirs())
        .containsExactly(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni"));
    assertThat(config.network().cacheDir()).isEqualTo(Path.of("/var/lib/carafe/cni"));
    assertThat(config.rdt().configFile()).isNull();
    assertThat(config.rdt().resctrlRoot()).isEqualTo(Path.of("/sys/fs/resctrl"));
    assertThat(config.metrics().address()).isNull();
    assertThat(config.log().level()).isEqualTo(CarafeConfig.LogLevel.INFO);
  }

  @Test
  void laterOnesWinKeyByKeyAndFlagsWinOverAll() throws Exception {
    write("root = '/a'\n[network]\nconf_dir = '/a/net'\nbin_dirs = ['/a/bin']\n");
    writeDropIn("20.toml", "[network]\nconf_dir = '/twenty'\n");
    writeDropIn("10.toml", "state = '/ten'\n[network]\nconf_dir = '/ten'\n");
    writeDropIn("30.toml.off", "this is not read");

    CarafeConfig config = load("--root", "/flag", "--log-level=debug");

    assertThat(config.root()).isEqualTo(Path.of("/flag"));
    assertThat(config.state()).isEqualTo(Path.of("/ten"));
    assertThat(config.network().confDir()).isEqualTo(Path.of("/twenty"));
    assertThat(config.network().binDirs()).containsExactly(Path.of("/a/bin"));
    assertThat(config.network().cacheDir()).isEqualTo(Path.of("/flag/cni"));
    assertThat(config.log().level()).isEqualTo(CarafeConfig.LogLevel.DEBUG);
  }

  @Test
  void theDefaultFileMayBeMissing() throws ConfigException {
    Assumptions.assumeFalse(
        Files.exists(ConfigLoader.DEFAULT_FILE),
        "SKIP default-config: this machine has " + ConfigLoader.DEFAULT_FILE);

    assertThat(ConfigLoader.load(Flags.none())).isEqualTo(CarafeConfig.defaults());
  }

  @Test
  void aNamedFileMustExist() {
    assertThatThrownBy(this::load)
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(file + ": no such configuration file");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rooot = '/x'                     | rooot                | root",
        "[network]\\nconf_dirs = '/x'      | network.conf_dirs    | network.conf_dir",
        "[netwrk]\\nconf_dir = '/x'        | netwrk               | [network]",
        "[runtime]\\nresctrl_root = '/x'   | runtime.resctrl_root | rdt.resctrl_root",
        "[rdt.more]\\nmount = 'auto'       | rdt.more             | [rdt]",
      })
  void anUnknownKeyIsAnErrorThatNamesTheNearest(String toml, String unknown, String nearest)
      throws IOException {
    write(toml.replace("\\n", "\n"));

    assertThatThrownBy(this::load)
        .isInstanceOf(ConfigException.class)
        .hasMessage("%s: unknown key %s; did you mean %s?".formatted(file, unknown, nearest));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "root = 7                          | root = 7: expected an absolute path",
        "root = 'x/y'                      | root = \"x/y\": expected an absolute path",
        "network = 'x'                     | network = \"x\": expected the table [network]",
        "network.bin_dirs = '/x'           | network.bin_dirs = \"/x\": expected a list",
        "network.bin_dirs = []             | network.bin_dirs = []: expected a list",
        "network.bin_dirs = ['/x', 1]      | network.bin_dirs = [\"/x\",1]: expected a list",
        "api.listen = 'tcp://0.0.0.0:1'    | api.listen = \"tcp://0.0.0.0:1\": expected unix:///",
        "runtime.cgroup_driver = 'systmd'  | expected one of \"auto\", \"cgroupfs\", \"systemd\"",
        "runtime.cgroup_parent = '/a/../b' | expected an absolute cgroup path without ..",
        "metrics.listen = 'localhost'      | expected HOST:PORT with a port from 1 to 65535",
        "metrics.listen = 'localhost:0'    | expected HOST:PORT with a port from 1 to 65535",
        "metrics.listen = '::1:80'         | expected HOST:PORT with a port from 1 to 65535",
        "log.level = true                  | log.level = true: expected one of",
      })
  void aWrongValueNamesFileKeyValueAndWhatWasExpected(String toml, String message)
      throws IOException {
    write(toml);

    assertThatThrownBy(this::load)
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(message);
  }

  @Test
  void aWrongFlagIsNamedInsteadOfAFile() throws IOException {
    write("");

    assertThatThrownBy(() -> load("--listen", "/run/x.sock"))
        .hasMessageStartingWith("--listen: api.listen = \"/run/x.sock\": expected unix:///");
  }

  @Test
  void everyProblemIsReportedAtOnce() throws IOException {
    write("root = 1\nstat = '/x'\n");
    writeDropIn("10.toml", "not toml at all");

    assertThatThrownBy(this::load)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(file + ": root = 1")
        .hasMessageContaining(file + ": unknown key stat; did you mean state?")
        .hasMessageContaining("10.toml:1:");
  }

  @Test
  void aSocketPathLongerThanTheKernelTakesIsRefused() throws IOException {
    write("api.listen = 'unix:///" + "x".repeat(107) + "'");

    assertThatThrownBy(this::load).hasMessageContaining("at most 107 bytes");
  }

  @Test
  void rootAndStateMustDiffer() throws IOException {
    write("root = '/x/'\nstate = '/x'");

    assertThatThrownBy(this::load).hasMessageContaining("root and state are both /x");
  }

  @Test
  void metricsAddressesMayBeIpv6OrWithoutAHost() throws Exception {
    write("metrics.listen = '[::1]:9090'");
    assertThat(load().metrics().address()).hasToString("::1/<unresolved>:9090");

    write("metrics.listen = ':9090'");
    assertThat(load().metrics().address()).hasToString("0.0.0.0/<unresolved>:9090");
  }

  @Test
  void handlersOfSeveralFilesAddUp() throws Exception {
    write("[runtime.handlers.plain]\n[runtime.handlers.two]");
    Path dropIns = Files.createDirectories(dir.resolve("carafe.toml.d"));
    Files.writeString(
        dropIns.resolve("10.toml"),
        "[runtime.handlers.two]\nprivileged_without_host_devices = true");

    RuntimeHandlers handlers = new RuntimeHandlers(load().runtime().handlers());
    assertThat(handlers.names()).containsExactly("", "carafe", "plain", "two");
    assertThat(handlers.get("two").privilegedWithoutHostDevices()).isTrue();
    assertThat(handlers.get("plain").privilegedWithoutHostDevices()).isFalse();
    assertThatThrownBy(() -> handlers.require("three"))
        .hasMessageContaining("\"three\": expected one of [, carafe, plain, two]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "runtime.handlers = 1",
        "runtime.handlers.x = 1",
        "runtime.handlers.x.privileged_without_host_devices = 1",
        "runtime.handlers.x.other = true",
        "runtime.handlers.X_y = {}"
      })
  void aWrongHandlerIsRefused(String line) throws IOException {
    write(line);
    assertThatThrownBy(this::load)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("runtime.handlers")
        .hasMessageContaining("privileged_without_host_devices");
  }

  @Test
  void theShippedFileHoldsEveryKeyWithItsDefault() throws Exception {
    file = Path.of("src/main/dist/etc/carafe.toml");
    JsonNode tree = new TomlMapper().readTree(file.toFile());

    assertThat(load()).isEqualTo(CarafeConfig.defaults());
    assertThat(ConfigKeys.ALL)
        .extracting(ConfigKey::name)
        .filteredOn(name -> tree.at("/" + name.replace('.', '/')).isMissingNode())
        .isEmpty();
  }

  @Test
  void theShippedFileSaysWhatAReloadCanChange() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("src/main/dist/etc/carafe.toml"));

    assertThat(ConfigKeys.ALL)
        .allSatisfy(key -> {
          String word = key.name().substring(key.name().lastIndexOf('.') + 1) + " = ";
          int line = indexOfLineStartingWith(lines, word, tableOf(key.name()));
          assertThat(lines.get(line - 1).endsWith("(live)"))
              .isEqualTo(key.reload() == ConfigKey.Reload.LIVE);
        });
  }

  private static String tableOf(String key) {
    int dot = key.indexOf('.');
    return dot < 0 ? "" : "[" + key.substring(0, dot) + "]";
  }

  private static int indexOfLineStartingWith(List<String> lines, String word, String table) {
    int from = table.isEmpty() ? 0 : lines.indexOf(table);
    assertThat(from).as(table).isNotNegative();
    for (int i = from; i < lines.size(); i++) {
      if (lines.get(i).startsWith(word)) {
        return i;
      }
    }
    throw new AssertionError("no line starts with " + word);
  }
}
