package dev.carafe.agent.stats;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.NetworkInterfaceUsage;
import dev.carafe.cri.v1.NetworkUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/** Reads /proc/net/dev of a network namespace (proc_pid_net(5)). */
public final class NetworkCounters {
  /** The interface that CNI plugins give a pod. */
  private static final String DEFAULT_INTERFACE = "eth0";

  /** Columns of the receiving half, and from where the sending one counts the same way. */
  private static final int BYTES = 0;

  private static final int PACKETS = 1;
  private static final int ERRORS = 2;
  private static final int DROPPED = 3;
  private static final int SENT = 8;

  private NetworkCounters() {}

  /**
   * One interface.
   *
   * @param received what came in
   * @param sent what went out
   */
  public record Interface(String name, Traffic received, Traffic sent) {
    public Interface {
      requireNonNull(name, "name is null");
      requireNonNull(received, "received is null");
      requireNonNull(sent, "sent is null");
    }
  }

  /** One direction; all but bytes count packets. */
  public record Traffic(long bytes, long packets, long errors, long dropped) {}

  /**
   * The counters of each interface but loopback.
   *
   * @param text the file's content
   */
  public static List<Interface> parse(String text) {
    List<Interface> found = new ArrayList<>();
    for (String line : text.lines().toList()) {
      int colon = line.indexOf(':');
      String name = line.substring(0, Math.max(0, colon)).strip();
      if (colon > 0 && !name.equals("lo")) {
        long[] columns = columns(line.substring(colon + 1));
        found.add(new Interface(name, traffic(columns, 0), traffic(columns, SENT)));
      }
    }
    return List.copyOf(found);
  }

  private static long[] columns(String text) {
    StringTokenizer fields = new StringTokenizer(text);
    long[] columns = new long[SENT + DROPPED + 1];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = Long.parseUnsignedLong(fields.nextToken());
    }
    return columns;
  }

  /**
   * The interfaces in CRI's message, eth0 as the default one.
   *
   * @param timestamp when they were read, ns since the epoch
   */
  public static NetworkUsage usage(List<Interface> interfaces, long timestamp) {
    NetworkUsage.Builder usage = NetworkUsage.newBuilder().setTimestamp(timestamp);
    for (Interface counters : interfaces) {
      if (counters.name().equals(DEFAULT_INTERFACE)) {
        usage.setDefaultInterface(message(counters));
      } else {
        usage.addInterfaces(message(counters));
      }
    }
    return usage.build();
  }

  /** Adds the interfaces' counters. */
  public static void add(MetricSamples to, List<Interface> interfaces) {
    for (Interface counters : interfaces) {
      String name = counters.name();
      to.add(MetricKind.NET_RX_BYTES, counters.received().bytes(), name);
      to.add(MetricKind.NET_RX_PACKETS, counters.received().packets(), name);
      to.add(MetricKind.NET_RX_ERRORS, counters.received().errors(), name);
      to.add(MetricKind.NET_RX_DROPPED, counters.received().dropped(), name);
      to.add(MetricKind.NET_TX_BYTES, counters.sent().bytes(), name);
      to.add(MetricKind.NET_TX_PACKETS, counters.sent().packets(), name);
      to.add(MetricKind.NET_TX_ERRORS, counters.sent().errors(), name);
      to.add(MetricKind.NET_TX_DROPPED, counters.sent().dropped(), name);
    }
  }

  private static Traffic traffic(long[] columns, int first) {
    return new Traffic(
        columns[first + BYTES],
        columns[first + PACKETS],
        columns[first + ERRORS],
        columns[first + DROPPED]);
  }

  private static NetworkInterfaceUsage message(Interface counters) {
    return NetworkInterfaceUsage.newBuilder()
        .setName(counters.name())
        .setRxBytes(Usage.value(counters.received().bytes()))
        .setRxErrors(Usage.value(counters.received().errors()))
        .setTxBytes(Usage.value(counters.sent().bytes()))
        .setTxErrors(Usage.value(counters.sent().errors()))
        .build();
  }
}
