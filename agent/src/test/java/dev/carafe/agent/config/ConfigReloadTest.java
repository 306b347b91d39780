package dev.carafe.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReloadTest {
  @TempDir private Path dir;

  private CarafeConfig config(String toml) throws Exception {
    Path file = Files.writeString(dir.resolve("c.toml"), toml);
    return ConfigLoader.load(Flags.parse(List.of("--config", file.toString())));
  }

  @Test
  void nothingChangedIsNothingToDo() throws Exception {
    CarafeConfig same = config("network.conf_dir = '/n'\nrdt.config_file = '/r.yaml'");

    ConfigReload reload = ConfigReload.between(same, same);

    assertThat(reload).isEqualTo(new ConfigReload(same, List.of(), List.of()));
  }

  @Test
  void liveKeysAreTakenAndTheOthersWait() throws Exception {
    CarafeConfig running = config("root = '/a'\nmetrics.listen = ':1'");
    CarafeConfig loaded =
        config(
            """
            root = '/b'
            image.hosts_dir = '/hosts'
            network.conf_dir = '/n'
            network.bin_dirs = ['/bin1']
            rdt.config_file = '/r.yaml'
            rdt.when_missing = 'require'
            log.level = 'trace'
            """);

    ConfigReload reload = ConfigReload.between(running, loaded);

    assertThat(reload.applied())
        .containsExactly(
            "image.hosts_dir",
            "network.conf_dir",
            "network.bin_dirs",
            "rdt.config_file",
            "rdt.when_missing",
            "log.level");
    assertThat(reload.needRestart()).containsExactly("root", "network.cache_dir", "metrics.listen");
    assertThat(reload.effective().root()).isEqualTo(Path.of("/a"));
    assertThat(reload.effective().metrics().listen()).isEqualTo(":1");
    assertThat(reload.effective().network().cacheDir()).isEqualTo(Path.of("/a/cni"));
    assertThat(reload.effective().network().confDir()).isEqualTo(Path.of("/n"));
    assertThat(reload.effective().rdt().configFile()).isEqualTo(Path.of("/r.yaml"));
    assertThat(reload.effective().log().level()).isEqualTo(CarafeConfig.LogLevel.TRACE);
  }
}
