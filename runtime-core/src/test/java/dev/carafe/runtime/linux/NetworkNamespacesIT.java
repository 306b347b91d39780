package dev.carafe.runtime.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NetworkNamespacesIT {
  private static final Path OURS = Path.of("/proc/self/ns/net");

  private static Path namespaceOf(Process process) {
    return Path.of("/proc/" + process.pid() + "/ns/net");
  }

  /** A process in a network namespace of its own, whose loopback is all it has. */
  private static Process alone() throws IOException {
    Path ours = Files.readSymbolicLink(OURS);
    Process process = new ProcessBuilder("unshare", "--net", "sleep", "1000").start();
    await().until(() -> !Files.readSymbolicLink(namespaceOf(process)).equals(ours));
    return process;
  }

  @Test
  void readsEachNamespaceAndLeavesOutWhatIsNone() throws Exception {
    Process one = alone();
    Process other = alone();
    try (NetworkNamespaces namespaces = new NetworkNamespaces()) {
      Path missing = Path.of("/no/such/namespace");
      Path wrong = Path.of("/proc/self/ns/mnt");
      Map<Path, String> counters =
          namespaces.counters(List.of(namespaceOf(one), missing, wrong, namespaceOf(other)));

      assertThat(counters).containsOnlyKeys(namespaceOf(one), namespaceOf(other));
      assertThat(counters.values())
          .allSatisfy(text ->
              assertThat(text.lines().skip(2)).allMatch(line -> line.strip().startsWith("lo:")));
    } finally {
      one.destroyForcibly();
      other.destroyForcibly();
    }
  }

  @Test
  void comesHome() throws Exception {
    Process process = alone();
    try (NetworkNamespaces namespaces = new NetworkNamespaces()) {
      namespaces.counters(List.of(namespaceOf(process)));
      process.destroyForcibly().waitFor();
      // Threads may end while they are listed; the traveller's does not.
      try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
        assertThat(threads.filter(thread -> isTraveller(thread)))
            .singleElement()
            .satisfies(thread ->
                assertThat(Files.readSymbolicLink(thread.resolve("ns/net")))
                    .isEqualTo(Files.readSymbolicLink(OURS)));
      }
    } finally {
      process.destroyForcibly();
    }
  }

  private static boolean isTraveller(Path thread) {
    try {
      // The kernel keeps 15 characters of "network-namespaces".
      return Files.readString(thread.resolve("comm")).strip().equals("network-namespa");
    } catch (IOException ended) {
      return false;
    }
  }
}
