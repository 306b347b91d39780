package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A seccomp listener goes to its agent, with the metadata and state that the agent is promised. */
class SeccompNotifyIT {
  private static final Path COMPILER = Path.of("/usr/bin/gcc");
  private static final long SECONDS = 30;

  @TempDir Path directory;

  private Carafe carafe = new Carafe(Path.of("/"), "");
  private Path socket = Path.of("/");

  @BeforeEach
  void install() throws Exception {
    Carafe.assumePossible();
    assumeTrue(Files.isExecutable(COMPILER), "SKIP seccomp-agent: gcc is not installed");
    carafe = Carafe.install(directory);
    socket = directory.resolve("agent.sock");
  }

  @AfterEach
  void clean() throws Exception {
    if (!carafe.program().isEmpty()) {
      carafe.clean("c");
    }
  }

  private void configure(String path) throws Exception {
    ObjectNode config = Carafe.template("c", "mkdir", "/dev/shm/new");
    Files.createSymbolicLink(carafe.bundle().resolve("rootfs/bin/mkdir"), Path.of("busybox"));
    ObjectNode seccomp = config.withObject("/linux/seccomp");
    seccomp.put("defaultAction", "SCMP_ACT_ALLOW");
    seccomp.put("listenerPath", path);
    seccomp.put("listenerMetadata", "a \"secret\"");
    ObjectNode rule = seccomp.putArray("syscalls").addObject();
    rule.putArray("names").add("mkdir").add("mkdirat");
    rule.put("action", "SCMP_ACT_NOTIFY");
    carafe.write(config);
  }

  private java.lang.Process agent() throws Exception {
    Path source = directory.resolve("agent.c");
    try (InputStream in = SeccompNotifyIT.class.getResourceAsStream("seccomp-agent.c")) {
      Files.copy(Objects.requireNonNull(in), source);
    }
    Path program = directory.resolve("agent");
    Carafe.Result built =
        carafe.execute(COMPILER.toString(), List.of("-o", program.toString(), source.toString()));
    assertThat(built.code()).as(built.err()).isZero();
    return new ProcessBuilder(program.toString(), socket.toString())
        .redirectErrorStream(true)
        .start();
  }

  @Test
  void theAgentAnswersForTheContainer() throws Exception {
    java.lang.Process agent = agent();
    try (BufferedReader said =
        new BufferedReader(new InputStreamReader(agent.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(said.readLine()).isEqualTo("ready");
      configure(socket.toString());

      Carafe.Result result = carafe.run("run", "c");

      assertThat(result.err()).contains("mkdir").contains("bad state");
      assertThat(result.code()).isEqualTo(1);
      assertThat(agent.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(agent.exitValue()).isZero();
      JsonNode message = new ObjectMapper().readTree(said.readLine());
      assertThat(message.path("fds").get(0).asText()).isEqualTo("seccompFd");
      assertThat(message.path("metadata").asText()).isEqualTo("a \"secret\"");
      assertThat(message.path("pid").asInt()).isGreaterThan(1);
      assertThat(message.path("state").path("pid")).isEqualTo(message.path("pid"));
      assertThat(message.path("state").path("status").asText()).isEqualTo("creating");
      assertThat(message.path("state").path("id").asText()).isEqualTo("c");
    } finally {
      agent.destroyForcibly();
    }
  }

  @Test
  void anAgentThatIsNotThereFailsTheStart() throws Exception {
    configure(directory.resolve("nobody").toString());
    Carafe.Result result = carafe.run("run", "c");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("failed to connect with seccomp agent");
    assertThat(directory.resolve("state/c")).doesNotExist();
  }
}
