package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.agent.admin.v1.ListClassesRequest;
import dev.carafe.agent.admin.v1.ListClassesResponse;
import dev.carafe.agent.admin.v1.RdtClass;
import dev.carafe.agent.admin.v1.RdtContainer;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** {@code carafe rdt ls}. */
final class RdtClassList {
  private static final List<String> HEADER =
      List.of("CLASS", "KIND", "GROUP", "TASKS", "CONTAINERS", "PODS", "SCHEMATA");

  private final Client client;
  private final PrintStream out;

  RdtClassList(Client client, PrintStream out) {
    this.client = requireNonNull(client, "client is null");
    this.out = requireNonNull(out, "out is null");
  }

  /** Prints the classes as a table, or as one JSON array. */
  void print(boolean asJson) {
    ListClassesResponse listed =
        client.rdt(rdt -> rdt.listClasses(ListClassesRequest.getDefaultInstance()));
    if (asJson) {
      out.println(json(listed).toPrettyString());
      return;
    }
    List<List<String>> rows = new ArrayList<>(List.of(HEADER));
    listed.getClassesList().forEach(clazz -> rows.add(row(clazz)));
    Table.print(out, rows);
    if (!listed.getProblem().isEmpty()) {
      out.println("the configuration is not in force: " + listed.getProblem());
    }
  }

  private static List<String> row(RdtClass clazz) {
    long pods =
        clazz.getContainersList().stream()
            .map(container -> container.getPodNamespace() + "/" + container.getPodName())
            .distinct()
            .count();
    return List.of(
        clazz.getName(),
        clazz.getKind(),
        clazz.getGroup(),
        Integer.toString(clazz.getTasks()),
        Integer.toString(clazz.getContainersCount()),
        Long.toString(pods),
        String.join(" ", clazz.getSchemataList()));
  }

  private static ArrayNode json(ListClassesResponse listed) {
    ArrayNode classes = new ObjectMapper().createArrayNode();
    for (RdtClass clazz : listed.getClassesList()) {
      ObjectNode node = classes.addObject();
      node.put("class", clazz.getName());
      node.put("kind", clazz.getKind());
      node.put("group", clazz.getGroup());
      node.put("tasks", clazz.getTasks());
      ArrayNode schemata = node.putArray("schemata");
      clazz.getSchemataList().forEach(schemata::add);
      ArrayNode containers = node.putArray("containers");
      for (RdtContainer container : clazz.getContainersList()) {
        containers
            .addObject()
            .put("id", container.getId())
            .put("name", container.getName())
            .put("namespace", container.getPodNamespace())
            .put("pod", container.getPodName());
      }
    }
    return classes;
  }
}
