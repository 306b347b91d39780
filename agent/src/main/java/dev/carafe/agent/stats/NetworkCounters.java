package dev.carafe.agent.stats;

import dev.carafe.cri.v1.NetworkInterfaceUsage;
import dev.carafe.cri.v1.NetworkUsage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads /proc/net/dev of a network namespace (proc_pid_net(5)). */
public final class NetworkCounters {
  /** The interface that CNI plugins give a pod. */
  private static final String DEFAULT_INTERFACE = "eth0";

  private static final Pattern LINE =
      Pattern.compile(
          "\\s*(\\S+):\\s*(\\d+)\\s+\\d+\\s+(\\d+)(?:\\s+\\d+){5}\\s+(\\d+)\\s+\\d+\\s+(\\d+)\\s.*");

  private NetworkCounters() {}

  /**
   * The counters of each interface but loopback, eth0 as the default one.
   *
   * @param text the file's content
   * @param timestamp when it was read, ns since the epoch
   */
  public static NetworkUsage parse(String text, long timestamp) {
    NetworkUsage.Builder usage = NetworkUsage.newBuilder().setTimestamp(timestamp);
    text.lines()
        .map(LINE::matcher)
        .filter(Matcher::matches)
        .filter(line -> !line.group(1).equals("lo"))
        .forEach(line -> {
          NetworkInterfaceUsage counters = counters(line);
          if (counters.getName().equals(DEFAULT_INTERFACE)) {
            usage.setDefaultInterface(counters);
          } else {
            usage.addInterfaces(counters);
          }
        });
    return usage.build();
  }

  private static NetworkInterfaceUsage counters(Matcher line) {
    return NetworkInterfaceUsage.newBuilder()
        .setName(line.group(1))
        .setRxBytes(Usage.value(Long.parseUnsignedLong(line.group(2))))
        .setRxErrors(Usage.value(Long.parseUnsignedLong(line.group(3))))
        .setTxBytes(Usage.value(Long.parseUnsignedLong(line.group(4))))
        .setTxErrors(Usage.value(Long.parseUnsignedLong(line.group(5))))
        .build();
  }
}
