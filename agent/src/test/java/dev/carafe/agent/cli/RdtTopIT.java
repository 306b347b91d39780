package dev.carafe.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.admin.RdtUsageService;
import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.config.CarafeConfig.MonitoringScope;
import dev.carafe.agent.cri.CriServer;
import dev.carafe.agent.event.NodeEvents;
import dev.carafe.agent.rdt.mon.Monitoring;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code carafe rdt top} against a copy of a resctrl tree, whose counters stand still. */
class RdtTopIT {
  @TempDir private Path temporary;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private CriServer server;

  @BeforeEach
  void serve() throws IOException {
    Monitoring monitoring =
        Monitoring.open(
            new CarafeConfig.RdtMonitoring(MonitoringScope.NONE, false),
            temporary.resolve("resctrl"),
            temporary.resolve("records"),
            new NodeEvents(() -> Instant.EPOCH));
    server =
        CriServer.start(
            temporary.resolve("s"),
            List.of(new RdtUsageService(monitoring)),
            (method, unary, code, nanos) -> {});
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private int top(String... options) {
    List<String> words = new ArrayList<>(List.of("rdt", "top"));
    words.addAll(List.of(options));
    return new Carafe(
            Map.of("CARAFE_ADDRESS", "unix://" + temporary.resolve("s")),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            false)
        .run(words);
  }

  @Test
  void aNodeThatCountsNothingSaysSo() {
    assertThat(top("--once")).isOne();
    assertThat(err.toString(UTF_8))
        .contains("counts nothing", temporary.resolve("resctrl").toString());
  }

  @Test
  void classesAreShownUnderTheNamesThatPodsUse() throws Exception {
    Path root = temporary.resolve("resctrl");
    Files.createDirectories(root.resolve("info"));
    Files.createFile(root.resolve("tasks"));
    Files.createFile(root.resolve("schemata"));
    Path gold = Files.createDirectory(root.resolve("carafe-gold"));
    Files.createFile(gold.resolve("tasks"));
    Files.createFile(gold.resolve("schemata"));
    Path domain = Files.createDirectories(gold.resolve("mon_data/mon_L3_00"));
    Files.writeString(domain.resolve("llc_occupancy"), "1048576\n");
    Files.writeString(domain.resolve("mbm_total_bytes"), "Unavailable\n");
    assertThat(top("--once")).as(err.toString(UTF_8)).isZero();
    assertThat(out.toString(UTF_8).lines().toList())
        .hasSize(2)
        .last()
        .asString()
        .matches("gold +1\\.0 MiB +0 B +0 B");
  }

  @Test
  void anIntervalThatIsNoneIsRefused() {
    assertThat(top("--interval", "0")).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("--interval 0");
  }
}
