package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.carafe.cri.v1.ContainerStats;
import dev.carafe.cri.v1.CpuUsage;
import dev.carafe.cri.v1.ListPodSandboxStatsRequest;
import dev.carafe.cri.v1.PodSandboxStats;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code carafe top}: pods and their containers by CPU time and memory, the busiest pod first. */
final class Top {
  private static final String CLEAR = "\u001b[H\u001b[2J";

  /** The rest are numbers. */
  private static final int TEXT_COLUMNS = 4;

  private final Client client;
  private final PrintStream out;
  private final Map<String, CpuUsage> before = new HashMap<>();

  Top(Client client, PrintStream out) {
    this.client = requireNonNull(client, "client is null");
    this.out = requireNonNull(out, "out is null");
  }

  /**
   * A line of the picture.
   *
   * @param container empty for the pod's own line
   * @param rdtClass asked for by annotation, empty for none
   * @param cores CPU seconds a second
   * @param memory working set, in bytes
   */
  record Row(
      String namespace,
      String pod,
      String container,
      String rdtClass,
      double cores,
      long memory,
      long processes) {}

  /** Prints one picture after a second's look. */
  void once(boolean json) throws InterruptedException {
    sample();
    TimeUnit.SECONDS.sleep(1);
    List<Row> rows = sample();
    if (json) {
      out.println(json(rows));
    } else {
      print(rows);
    }
  }

  /** Prints a new picture each {@code seconds}, until it is interrupted. */
  void watch(int seconds) throws InterruptedException {
    sample();
    long pause = 1;
    while (!Thread.interrupted()) {
      TimeUnit.SECONDS.sleep(pause);
      List<Row> rows = sample();
      out.print(CLEAR);
      print(rows);
      out.flush();
      pause = seconds;
    }
  }

  private void print(List<Row> rows) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("NAMESPACE", "POD", "CONTAINER", "CLASS", "CPU", "MEMORY", "PROCS"));
    for (Row row : rows) {
      lines.add(
          List.of(
              row.namespace(),
              row.pod(),
              row.container(),
              row.rdtClass(),
              String.format(Locale.ROOT, "%.2f", row.cores()),
              Sizes.memory(row.memory()),
              row.processes() == 0 ? "" : Long.toString(row.processes())));
    }
    Table.print(out, lines, TEXT_COLUMNS);
  }

  private static String json(List<Row> rows) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (Row row : rows) {
      all.addObject()
          .put("namespace", row.namespace())
          .put("pod", row.pod())
          .put("container", row.container())
          .put("class", row.rdtClass())
          .put("cpuCores", row.cores())
          .put("memoryBytes", row.memory())
          .put("processes", row.processes());
    }
    return all.toPrettyString();
  }

  private List<Row> sample() {
    List<PodSandboxStats> pods =
        client
            .runtime(s -> s.listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance()))
            .getStatsList();
    List<List<Row>> groups = new ArrayList<>();
    for (PodSandboxStats pod : pods) {
      groups.add(rows(pod));
    }
    groups.sort(Comparator.comparingDouble(group -> -group.getFirst().cores()));
    return groups.stream().flatMap(List::stream).toList();
  }

  private List<Row> rows(PodSandboxStats pod) {
    String namespace = pod.getAttributes().getMetadata().getNamespace();
    String name = pod.getAttributes().getMetadata().getName();
    Map<String, String> annotations = pod.getAttributes().getAnnotationsMap();
    List<Row> rows = new ArrayList<>();
    rows.add(
        new Row(
            namespace,
            name,
            "",
            "",
            cores(pod.getAttributes().getId(), pod.getLinux().getCpu()),
            pod.getLinux().getMemory().getWorkingSetBytes().getValue(),
            pod.getLinux().getProcess().getProcessCount().getValue()));
    for (ContainerStats container : pod.getLinux().getContainersList()) {
      rows.add(
          new Row(
              namespace,
              name,
              container.getAttributes().getMetadata().getName(),
              RdtColumn.of(container.getAttributes(), annotations),
              cores(container.getAttributes().getId(), container.getCpu()),
              container.getMemory().getWorkingSetBytes().getValue(),
              0));
    }
    return rows;
  }

  /** Between this look and the one before; 0 at the first. */
  private double cores(String id, CpuUsage now) {
    @Nullable CpuUsage earlier = before.put(id, now);
    if (earlier == null || now.getTimestamp() <= earlier.getTimestamp()) {
      return 0;
    }
    long used =
        now.getUsageCoreNanoSeconds().getValue() - earlier.getUsageCoreNanoSeconds().getValue();
    return Math.max(0, used / (double) (now.getTimestamp() - earlier.getTimestamp()));
  }
}
