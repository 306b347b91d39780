package dev.carafe.agent.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.NetworkInterfaceUsage;
import dev.carafe.cri.v1.NetworkUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    assertThat(NetworkCounters.usage(NetworkCounters.parse(TEXT), 42))
        .isEqualTo(
            NetworkUsage.newBuilder()
                .setTimestamp(42)
                .setDefaultInterface(usage("eth0", -1, 3, 9, 11))
                .addInterfaces(usage("net1.5", 21, 23, 29, 31))
                .build());
  }

  @Test
  void packetsAndDropsAreMetricsToo() {
    MetricSamples samples = new MetricSamples(7, List.of("i", "n", "m", "s", "p", "c"));
    NetworkCounters.add(samples, NetworkCounters.parse(TEXT));

    assertThat(samples.list())
        .filteredOn(metric -> metric.getLabelValues(6).equals("net1.5"))
        .extracting(metric -> metric.getName() + "=" + metric.getValue().getValue())
        .containsExactly(
            "container_network_receive_bytes_total=21",
            "container_network_receive_packets_total=22",
            "container_network_receive_errors_total=23",
            "container_network_receive_packets_dropped_total=24",
            "container_network_transmit_bytes_total=29",
            "container_network_transmit_packets_total=30",
            "container_network_transmit_errors_total=31",
            "container_network_transmit_packets_dropped_total=32");
  }

  @Test
  void withoutInterfacesThereIsNothing() {
    assertThat(NetworkCounters.usage(NetworkCounters.parse(""), 42))
        .isEqualTo(NetworkUsage.newBuilder().setTimestamp(42).build());
  }

  @Test
  void thisKernelsFormIsKnown() throws IOException {
    String text = Files.readString(Path.of("/proc/net/dev"));
    assertThat(NetworkCounters.parse(text.replace("    lo:", "  eth0:")))
        .extracting(NetworkCounters.Interface::name)
        .contains("eth0");
  }
}
