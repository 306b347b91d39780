package dev.carafe.e2e.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carafe.e2e.client.CriClient;
import dev.carafe.e2e.images.ImageLayout;
import dev.carafe.e2e.registry.CertsDirectory;
import dev.carafe.e2e.registry.LoopbackRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An agent inside the virtual machine, with a registry of the images in the layout that the system
 * property carafe.layout names.
 *
 * @param client to its socket
 * @param ready what it needed from its start to its first answer
 */
record GuestAgent(LoopbackRegistry registry, Process process, CriClient client, Duration ready) {

  /**
   * Starts both.
   *
   * @param directory where all its files go
   * @param patience ends what hangs
   */
  static GuestAgent start(Path directory, Duration patience) throws Exception {
    Path layout = Path.of(System.getProperty("carafe.layout"));
    LoopbackRegistry registry = LoopbackRegistry.start(ImageLayout.read(layout), 0);
    Path certs = directory.resolve("certs.d");
    CertsDirectory.write(certs, registry.uri(), registry.hosts());
    Path config = directory.resolve("carafe.toml");
    Files.writeString(
        config,
        """
        root = "%1$s/root"
        [api]
        listen = "unix://%1$s/cri.sock"
        [image]
        hosts_dir = "%2$s"
        """
            .formatted(directory, certs));
    long begin = System.nanoTime();
    Process process = carafed(config);
    Path socket = directory.resolve("cri.sock");
    CriClient client = CriClient.of(socket, patience);
    // A client that tries and tries would slow down what it waits for.
    await("carafed's socket")
        .atMost(patience)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> Files.exists(socket) || !process.isAlive());
    client.awaitVersion(patience);
    return new GuestAgent(registry, process, client, Duration.ofNanos(System.nanoTime() - begin));
  }

  private static Process carafed(Path config) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dcarafe.libexec=" + System.getProperty("carafe.libexec"),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.carafe.agent.Main"));
    command.addAll(List.of("--config", config.toString()));
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** Ends both. */
  void stop() throws InterruptedException {
    client.close();
    process.destroy();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("carafed ends at SIGTERM").isTrue();
    registry.close();
  }
}
