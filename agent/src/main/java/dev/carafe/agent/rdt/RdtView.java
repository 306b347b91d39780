package dev.carafe.agent.rdt;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.runtime.rdt.Ownership;
import dev.carafe.runtime.rdt.OwnershipStore;
import dev.carafe.runtime.rdt.RdtClasses;
import dev.carafe.runtime.rdt.RdtException;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.config.RdtConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Classes and who has them, as they are at the moment of asking. Reads files. Thread-safe. */
public final class RdtView {
  private static final String ROOT_GROUP = "/";

  private final RdtInForce.State state;
  private final OwnershipStore store;

  RdtView(RdtInForce.State state, OwnershipStore store) {
    this.state = requireNonNull(state, "state is null");
    this.store = requireNonNull(store, "store is null");
  }

  /** Whose a class is. */
  public enum Kind {
    /** The default class of everything. */
    ROOT,
    /** The configuration's. */
    CONFIGURED,
    /** A pod's own. */
    PRIVATE,
    /** Somebody else made its group. */
    FOREIGN
  }

  /**
   * A class.
   *
   * @param name by which pods ask for it
   * @param group its control group's name, {@code /} for the root one
   * @param schemata its lines
   * @param tasks how many threads are in it
   * @param containers ids of those that have it, not started ones too
   */
  public record ClassRow(
      String name,
      Kind kind,
      String group,
      List<String> schemata,
      int tasks,
      List<String> containers) {
    /** Checks the components. */
    public ClassRow {
      requireNonNull(name, "name is null");
      requireNonNull(kind, "kind is null");
      requireNonNull(group, "group is null");
      schemata = List.copyOf(schemata);
      containers = List.copyOf(containers);
    }
  }

  /** Why the configuration is not in force; null when it is, or when there is none. */
  public @Nullable String problem() {
    return state.problem();
  }

  /** Every class there is, the root one first, then by group; none without resctrl. */
  public List<ClassRow> classes() {
    if (!state.available()) {
      return List.of();
    }
    Resctrl resctrl = Resctrl.open(state.config().resctrlRoot());
    List<Ownership> records = store.all();
    List<ClassRow> rows = new ArrayList<>();
    rows.add(row(resctrl, ROOT_GROUP, records));
    for (String group : resctrl.classes()) {
      try {
        rows.add(row(resctrl, group, records));
      } catch (RdtException gone) {
        if (resctrl.classes().contains(group)) {
          throw gone;
        }
      }
    }
    return rows;
  }

  private ClassRow row(Resctrl resctrl, String group, List<Ownership> records) {
    List<String> containers =
        records.stream()
            .filter(record -> record.controlGroup().equals(group))
            .map(Ownership::containerId)
            .sorted()
            .toList();
    Kind kind = kind(group);
    boolean prefixed = kind == Kind.CONFIGURED;
    String name =
        kind == Kind.ROOT
            ? RdtConfig.ROOT_CLASS
            : prefixed ? group.substring(RdtClasses.DEFAULT_PREFIX.length()) : group;
    return new ClassRow(
        name,
        kind,
        group,
        resctrl.schemata(resctrl.group(group)).lines(),
        resctrl.tasks(group).size(),
        containers);
  }

  private Kind kind(String group) {
    if (group.equals(ROOT_GROUP)) {
      return Kind.ROOT;
    }
    if (group.startsWith(RdtClasses.PRIVATE_PREFIX)) {
      return Kind.PRIVATE;
    }
    String prefix = RdtClasses.DEFAULT_PREFIX;
    return group.startsWith(prefix)
            && state.classes().classes().containsKey(group.substring(prefix.length()))
        ? Kind.CONFIGURED
        : Kind.FOREIGN;
  }

  /** A container's class and where it came from, for verbose information. */
  public ObjectNode container(String containerId, ObjectMapper json) {
    ObjectNode node = json.createObjectNode();
    Ownership record = store.find(containerId);
    Ownership.Origin origin = record == null ? null : record.origin();
    if (record != null) {
      node.put("class", origin == null ? record.controlGroup() : origin.name());
      node.put("source", origin == null ? "intelRdt" : origin.source());
      node.put("closID", record.controlGroup());
      node.put("monitoringGroup", record.monitoringGroup());
      return node;
    }
    node.put("class", state.available() ? RdtConfig.ROOT_CLASS : null);
    node.put(
        "source",
        state.available()
            ? "nothing asks for another, or it has ended"
            : "no resctrl file system at " + state.config().resctrlRoot());
    return node;
  }

  /**
   * A pod's classes, for verbose information.
   *
   * @param containers its containers' ids by name
   */
  public ObjectNode pod(Map<String, String> containers, ObjectMapper json) {
    ObjectNode node = json.createObjectNode();
    containers.forEach((name, id) -> node.set(name, container(id, json)));
    return node;
  }

  /** What is in force on the node, for verbose information. */
  public ObjectNode node(ObjectMapper json) {
    ObjectNode node = json.createObjectNode();
    node.put("resctrlRoot", state.config().resctrlRoot().toString());
    node.put("available", state.available());
    Path file = state.config().configFile();
    node.put("configFile", file == null ? "" : file.toString());
    node.put("problem", state.problem());
    node.putPOJO("classes", state.classes().classes().keySet());
    return node;
  }
}
