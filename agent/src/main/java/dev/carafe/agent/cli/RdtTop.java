package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.agent.admin.v1.ReadUsageRequest;
import dev.carafe.agent.admin.v1.ReadUsageResponse;
import dev.carafe.agent.cli.UsageRates.Row;
import dev.carafe.agent.cli.UsageRates.Use;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code carafe rdt top}: what classes, pods and containers use of the L3 caches and of memory
 * bandwidth. Who is counted apart in a class is up to {@code rdt.monitoring}.
 */
final class RdtTop {
  private static final String CLEAR = "\u001b[H\u001b[2J";

  /** The rest are numbers. */
  private static final int TEXT_COLUMNS = 3;

  private final Client client;
  private final PrintStream out;

  RdtTop(Client client, PrintStream out) {
    this.client = requireNonNull(client, "client is null");
    this.out = requireNonNull(out, "out is null");
  }

  /** Prints one picture after a second's look. */
  void once(boolean json) throws InterruptedException {
    ReadUsageResponse before = read();
    TimeUnit.SECONDS.sleep(1);
    List<Row> rows = UsageRates.between(before, read());
    if (json) {
      out.println(json(rows));
    } else {
      print(rows);
    }
  }

  /** Prints a new picture each {@code seconds}, until it is interrupted. */
  void watch(int seconds) throws InterruptedException {
    ReadUsageResponse before = read();
    long pause = 1;
    while (!Thread.interrupted()) {
      TimeUnit.SECONDS.sleep(pause);
      ReadUsageResponse now = read();
      out.print(CLEAR);
      print(UsageRates.between(before, now));
      out.flush();
      before = now;
      pause = seconds;
    }
  }

  private ReadUsageResponse read() {
    return client.rdtUsage(stub -> stub.read(ReadUsageRequest.getDefaultInstance()));
  }

  private void print(List<Row> rows) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("CLASS", "POD", "CONTAINER", "L3", "LOCAL MEM/S", "ALL MEM/S"));
    for (Row row : rows) {
      Use sum = row.sum();
      String pod = row.who().isClass() ? "" : row.who().namespace() + "/" + row.who().pod();
      lines.add(
          List.of(
              clazz(row),
              pod,
              row.who().container(),
              bytes(sum.occupancy()),
              bytes(sum.local()),
              bytes(sum.total())));
    }
    Table.print(out, lines, TEXT_COLUMNS);
  }

  /** Those who are counted in a class stand below it; a pod in several has a line for their sum. */
  private static String clazz(Row row) {
    if (row.who().className().isEmpty()) {
      return "(sum)";
    }
    return row.who().isClass() ? row.who().className() : "  " + row.who().className();
  }

  private static String bytes(double value) {
    return Sizes.memory(Math.round(value));
  }

  private static String json(List<Row> rows) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode view = mapper.createObjectNode();
    ArrayNode groups = view.putArray("groups");
    for (Row row : rows) {
      ObjectNode group = groups.addObject();
      if (!row.who().className().isEmpty()) {
        group.put("class", row.who().className());
      }
      if (!row.who().isClass()) {
        group.put("namespace", row.who().namespace()).put("pod", row.who().pod());
      }
      if (!row.who().container().isEmpty()) {
        group.put("container", row.who().container());
      }
      put(group, row.sum());
      ObjectNode domains = group.putObject("domains");
      row.domains().forEach((id, use) -> put(domains.putObject(Integer.toString(id)), use));
    }
    try {
      return mapper.writeValueAsString(view);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static void put(ObjectNode node, Use use) {
    node.put("occupancy", Math.round(use.occupancy()))
        .put("localPerSecond", Math.round(use.local()))
        .put("totalPerSecond", Math.round(use.total()));
  }
}
