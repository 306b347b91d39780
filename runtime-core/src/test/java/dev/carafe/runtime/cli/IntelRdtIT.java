package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.runtime.rdt.SimulatedResctrl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code linux.intelRdt} through the command line, on SIMULATED hardware. */
class IntelRdtIT {
  @TempDir Path directory;

  private Carafe carafe = new Carafe(Path.of("/"), "");
  private @Nullable SimulatedResctrl resctrl;
  private @Nullable FrontServer server;
  private Path groups = Path.of("/");

  @BeforeEach
  void install() throws Exception {
    Carafe.assumePossible();
    Path program = SimulatedResctrl.program(directory);
    groups = Files.createDirectory(directory.resolve("resctrl"));
    resctrl = SimulatedResctrl.start(program, groups, "xeonmon");
    carafe = Carafe.install(directory);
    server = FrontServer.start(directory.resolve("front.sock"), complaint -> {});
  }

  @AfterEach
  void clean() throws Exception {
    if (!carafe.program().isEmpty()) {
      carafe.clean("c");
    }
    if (server != null) {
      server.close();
    }
    if (resctrl != null) {
      resctrl.stop();
    }
  }

  private Carafe.Result run(String... words) throws Exception {
    List<String> line = new ArrayList<>(List.of("--resctrl-root", groups.toString()));
    line.addAll(List.of(words));
    return carafe.withSocket(directory.resolve("front.sock"), line.toArray(String[]::new));
  }

  private void configure(Consumer<ObjectNode> rdt) throws Exception {
    ObjectNode config = Carafe.template("c", "sleep", "1000");
    rdt.accept(config.withObject("/linux/intelRdt"));
    carafe.write(config);
  }

  private void done(String... words) throws Exception {
    Carafe.Result result = run(words);
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
  }

  @Test
  void aContainersOwnClassLivesAsLongAsIt() throws Exception {
    configure(rdt -> rdt.put("l3CacheSchema", "L3:0=f").put("enableMonitoring", true));
    done("run", "-d", "c");
    Path group = groups.resolve("c");
    String pid = new ObjectMapper().readTree(run("state", "c").out()).path("pid").asText();
    assertThat(Files.readAllLines(group.resolve("tasks"))).contains(pid);
    assertThat(Files.readAllLines(group.resolve("mon_groups/c/tasks"))).contains(pid);
    assertThat(Files.readString(group.resolve("schemata"))).contains("L3:0=000f");

    done("exec", "-d", "--pid-file", "exec.pid", "c", "sleep", "1000");
    String further = Files.readString(carafe.bundle().resolve("exec.pid"));
    assertThat(Files.readAllLines(group.resolve("mon_groups/c/tasks"))).contains(further);

    done("update", "--l3-cache-schema", "L3:0=3", "c");
    assertThat(Files.readString(group.resolve("schemata"))).contains("L3:0=0003");
    Carafe.Result refused = run("update", "--l3-cache-schema", "L3:0=5", "c");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(Files.readString(group.resolve("schemata"))).contains("L3:0=0003");
    JsonNode stats = new ObjectMapper().readTree(run("events", "--stats", "c").out());
    assertThat(stats.at("/data/intel_rdt/l3_cache_schema").asText()).contains("L3:0=3");

    done("delete", "-f", "c");
    assertThat(group).doesNotExist();
  }

  @Test
  void aNamedClassMustBeThereAndStays() throws Exception {
    configure(rdt -> rdt.put("closID", "gold"));
    Carafe.Result refused = run("run", "-d", "c");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("gold");
    assertThat(directory.resolve("state/c")).doesNotExist();

    Files.createDirectory(groups.resolve("gold"));
    done("run", "-d", "c");
    assertThat(Files.readAllLines(groups.resolve("gold/tasks"))).hasSize(1);
    done("delete", "-f", "c");
    assertThat(groups.resolve("gold")).exists();
  }

  @Test
  void anUpdateWithoutAClassIsRefused() throws Exception {
    carafe.configure("c", "sleep", "1000");
    done("run", "-d", "c");
    assertThat(run("update", "--mem-bw-schema", "MB:0=50", "c").err())
        .contains("updating a non-existent Intel RDT configuration is not supported");
  }
}
