package dev.carafe.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.agent.admin.NodeService;
import dev.carafe.agent.admin.v1.ListClassesRequest;
import dev.carafe.agent.admin.v1.ListClassesResponse;
import dev.carafe.agent.admin.v1.RdtClass;
import dev.carafe.agent.admin.v1.RdtContainer;
import dev.carafe.agent.admin.v1.RdtGrpc;
import dev.carafe.agent.config.ReloadOutcome;
import dev.carafe.agent.cri.CriServer;
import dev.carafe.agent.event.NodeEvents;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code carafe rdt ls} and {@code carafe reload} against a server that says what it is told. */
class RdtCommandsIT {
  @TempDir private Path temporary;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private ReloadOutcome outcome = new ReloadOutcome(true, List.of(), List.of(), "all is new", 1);
  private CriServer server;

  /** Two classes, one with two containers of a pod. */
  private static final class Classes extends RdtGrpc.RdtImplBase {
    @Override
    public void listClasses(
        ListClassesRequest request, StreamObserver<ListClassesResponse> observer) {
      RdtContainer.Builder container =
          RdtContainer.newBuilder().setPodNamespace("default").setPodName("web");
      observer.onNext(
          ListClassesResponse.newBuilder()
              .addClasses(
                  RdtClass.newBuilder()
                      .setName("system/default")
                      .setKind("root")
                      .setGroup("/")
                      .setTasks(400)
                      .addSchemata("L3:0=fffff"))
              .addClasses(
                  RdtClass.newBuilder()
                      .setName("gold")
                      .setKind("configured")
                      .setGroup("carafe-gold")
                      .setTasks(12)
                      .addSchemata("L3:0=ff")
                      .addSchemata("MB:0=50")
                      .addContainers(container.setId("1").setName("a"))
                      .addContainers(container.setId("2").setName("b")))
              .setProblem("rdt.yaml:1: too hot")
              .build());
      observer.onCompleted();
    }
  }

  @BeforeEach
  void serve() throws Exception {
    server =
        CriServer.start(
            temporary.resolve("s"),
            List.of(
                new Classes(), new NodeService(() -> outcome, new NodeEvents(Clock.systemUTC()))),
            (method, unary, code, nanos) -> {});
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private int carafe(String... arguments) {
    return new Carafe(
            Map.of("CARAFE_ADDRESS", "unix://" + temporary.resolve("s")),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            false)
        .run(List.of(arguments));
  }

  @Test
  void aTableHasALineForEachClass() {
    assertThat(carafe("rdt", "ls")).isZero();

    assertThat(out.toString(UTF_8))
        .isEqualTo(
            """
            CLASS           KIND        GROUP        TASKS  CONTAINERS  PODS  SCHEMATA
            system/default  root        /            400    0           0     L3:0=fffff
            gold            configured  carafe-gold  12     2           1     L3:0=ff MB:0=50
            the configuration is not in force: rdt.yaml:1: too hot
            """);
  }

  @Test
  void jsonHasTheContainersToo() throws Exception {
    assertThat(carafe("rdt", "ls", "--json")).isZero();

    assertThat(new ObjectMapper().readTree(out.toString(UTF_8)).at("/1/containers/1").toString())
        .isEqualTo("{\"id\":\"2\",\"name\":\"b\",\"namespace\":\"default\",\"pod\":\"web\"}");
  }

  @Test
  void aRefusedReloadIsAFailureWithItsReason() {
    assertThat(carafe("reload")).isZero();
    assertThat(out.toString(UTF_8)).isEqualTo("all is new\n");

    outcome = new ReloadOutcome(false, List.of(), List.of(), "gold is in use", 2);
    assertThat(carafe("reload")).isOne();
    assertThat(err.toString(UTF_8)).isEqualTo("carafe: gold is in use\n");
  }
}
