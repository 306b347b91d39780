package dev.carafe.agent.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.network.FakePlugin.Call;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is in the middle of ADD gets a real SIGKILL; the next one knows what it owes. */
class CniKillIT {
  @TempDir private Path dir;

  private static Cni cni(Path dir) {
    CarafeConfig.Network settings =
        new CarafeConfig.Network(
            dir.resolve("net.d"), List.of(dir.resolve("bin")), dir.resolve("cache"));
    return new Cni(() -> settings);
  }

  private static Attachment pod() {
    return new Attachment(
        "pod1",
        "web",
        "shop",
        "uid-1",
        Path.of("/proc/self/ns/net"),
        "eth0",
        List.of(),
        PodDns.none(),
        Map.of(),
        "");
  }

  /** The process that is killed. */
  static final class Adding {
    private Adding() {}

    public static void main(String[] args) throws Exception {
      cni(Path.of(args[0])).add(pod(), new ProcessRunner());
    }
  }

  @Test
  void afterAKillInTheMiddleOfAddTheNextProcessCallsDel() throws Exception {
    Path bin = Files.createDirectory(dir.resolve("bin"));
    Path pluginPid = dir.resolve("plugin.pid");
    FakePlugin.install(bin, "slow")
        .on(
            "ADD",
            "echo $$ > %s.new; mv %s.new %s; exec sleep 600"
                .formatted(pluginPid, pluginPid, pluginPid));
    Files.createDirectory(dir.resolve("net.d"));
    Files.writeString(
        dir.resolve("net.d/10.conf"),
        "{\"cniVersion\": \"1.0.0\", \"name\": \"n\", \"type\": \"slow\"}");
    Process agent =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Adding.class.getName(),
                dir.toString())
            .inheritIO()
            .start();
    try {
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(pluginPid).exists());
    } finally {
      agent.destroyForcibly().waitFor();
      if (Files.exists(pluginPid)) {
        ProcessHandle.of(Long.parseLong(Files.readString(pluginPid).strip()))
            .ifPresent(ProcessHandle::destroyForcibly);
      }
    }
    assertThat(agent.exitValue()).isEqualTo(137);

    Cni next = cni(dir);
    List<AttachmentRecord> owed = next.recover(Set.of("pod1"));
    assertThat(owed).hasSize(1);
    next.del(owed.getFirst(), new ProcessRunner());

    assertThat(FakePlugin.calls(bin)).extracting(Call::verb).containsExactly("ADD", "DEL");
    assertThat(next.recover(Set.of())).isEmpty();
  }
}
