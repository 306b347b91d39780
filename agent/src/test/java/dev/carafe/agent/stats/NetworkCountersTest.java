package dev.carafe.agent.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.NetworkInterfaceUsage;
import dev.carafe.cri.v1.NetworkUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class NetworkCountersTest {
  private static final String TEXT =
      """
      Inter-|   Receive                                                |  Transmit
       face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
          lo: 1000 10 0 0 0 0 0 0 1000 10 0 0 0 0 0 0
        eth0:18446744073709551615 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
      net1.5: 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36
      """;

  private static NetworkInterfaceUsage usage(String name, long rx, long rxe, long tx, long txe) {
    return NetworkInterfaceUsage.newBuilder()
        .setName(name)
        .setRxBytes(Usage.value(rx))
        .setRxErrors(Usage.value(rxe))
        .setTxBytes(Usage.value(tx))
        .setTxErrors(Usage.value(txe))
        .build();
  }

  @Test
  void everyInterfaceButLoopback() {
    assertThat(NetworkCounters.parse(TEXT, 42))
        .isEqualTo(
            NetworkUsage.newBuilder()
                .setTimestamp(42)
                .setDefaultInterface(usage("eth0", -1, 3, 9, 11))
                .addInterfaces(usage("net1.5", 21, 23, 29, 31))
                .build());
  }

  @Test
  void withoutInterfacesThereIsNothing() {
    assertThat(NetworkCounters.parse("", 42))
        .isEqualTo(NetworkUsage.newBuilder().setTimestamp(42).build());
  }

  @Test
  void thisKernelsFormIsKnown() throws IOException {
    String text = Files.readString(Path.of("/proc/net/dev"));
    NetworkUsage usage = NetworkCounters.parse(text.replace("    lo:", "  eth0:"), 1);
    assertThat(usage.hasDefaultInterface()).isTrue();
  }
}
