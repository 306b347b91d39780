package dev.carafe.runtime.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.runtime.container.Container;
import dev.carafe.runtime.container.ContainerException;
import dev.carafe.runtime.container.ContainerRecord;
import dev.carafe.runtime.container.Status;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Commands that only look. */
final class QueryCommands {
  private static final int COLUMN_MIN = 12;
  private static final int COLUMN_GAP = 3;

  private QueryCommands() {}

  static int state(Session session, Arguments arguments) throws Exception {
    session.out().print(Json.indented(describe(session.container(arguments), ""), "  "));
    return 0;
  }

  private static ObjectNode describe(Container container, String owner) throws ContainerException {
    ContainerRecord record = container.record();
    Status status = container.status();
    ObjectNode state = Json.object();
    state.put("ociVersion", Spec.VERSION);
    state.put("id", record.id());
    state.put("pid", status == Status.STOPPED ? 0 : record.pid());
    state.put("status", status.text());
    state.put("bundle", record.bundle());
    state.put("rootfs", record.rootfs());
    state.put("created", record.created().toString());
    if (!record.annotations().isEmpty()) {
      ObjectNode annotations = state.putObject("annotations");
      record.annotations().forEach(annotations::put);
    }
    state.put("owner", owner);
    return state;
  }

  static int list(Session session, Arguments arguments) throws Exception {
    String format = arguments.value("format", "table");
    Path root = session.settings().root();
    if (session.settings().rootGiven() && !Files.isDirectory(root)) {
      throw new Failure("open " + root + ": no such file or directory");
    }
    List<ObjectNode> states = new ArrayList<>();
    for (Container container : session.store().list()) {
      Path directory = session.store().directory(container.record().id());
      states.add(describe(container, Files.getOwner(directory).getName()));
    }
    if (arguments.flag("quiet")) {
      states.forEach(state -> session.out().print(state.path("id").asText() + "\n"));
    } else if (format.equals("table")) {
      session.out().print(table(states));
    } else if (format.equals("json")) {
      ArrayNode all = Json.mapper().createArrayNode().addAll(states);
      session.out().print(states.isEmpty() ? "null" : all.toString());
    } else {
      throw new Failure("invalid format option");
    }
    return 0;
  }

  private static String table(List<ObjectNode> states) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"));
    for (ObjectNode state : states) {
      rows.add(
          List.of("id", "pid", "status", "bundle", "created", "owner").stream()
              .map(key -> state.path(key).asText())
              .toList());
    }
    return layOut(rows);
  }

  /** Columns at least 12 wide, 3 blanks between them; the last one as it is. */
  static String layOut(List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      for (int i = 0; i < row.size() - 1; i++) {
        int column = i;
        int widest = rows.stream().mapToInt(r -> r.get(column).length()).max().orElse(0);
        int width = Math.max(COLUMN_MIN, widest + COLUMN_GAP);
        text.append(row.get(i)).repeat(' ', width - row.get(i).length());
      }
      text.append(row.getLast()).append('\n');
    }
    return text.toString();
  }

  static int ps(Session session, Arguments arguments) throws Exception {
    List<Integer> pids = session.container(arguments).processes();
    String format = arguments.value("format", "table");
    if (format.equals("json")) {
      session.out().print(Json.mapper().writeValueAsString(pids) + "\n");
      return 0;
    }
    if (!format.equals("table")) {
      throw new Failure("invalid format option");
    }
    List<String> words = arguments.positional();
    List<String> command = new ArrayList<>(List.of("ps"));
    command.addAll(words.size() > 1 ? words.subList(1, words.size()) : List.of("-ef"));
    session.out().print(select(output(command), pids));
    return 0;
  }

  private static List<String> output(List<String> command) throws IOException, Failure {
    java.lang.Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      if (code != 0) {
        throw new Failure("exit status " + code + ": " + text.strip());
      }
      return text.lines().toList();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** The header, and the lines whose PID column is one of ours. */
  static String select(List<String> lines, List<Integer> pids) throws Failure {
    List<String> header =
        lines.isEmpty() ? List.of() : Arrays.asList(lines.getFirst().strip().split(" +", -1));
    int column = header.indexOf("PID");
    if (column < 0) {
      throw new Failure("couldn't find PID field in ps output");
    }
    Set<String> wanted = pids.stream().map(String::valueOf).collect(Collectors.toSet());
    StringBuilder text = new StringBuilder(lines.getFirst()).append('\n');
    for (String line : lines.subList(1, lines.size())) {
      String[] fields = line.strip().split(" +", -1);
      if (fields.length > column && wanted.contains(fields[column])) {
        text.append(line).append('\n');
      }
    }
    return text.toString();
  }
}
