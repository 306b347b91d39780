package dev.carafe.runtime.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What two runtimes' outputs have in common when they say the same of two containers: the members
 * of JSON with their types, the options of a help text, the head of a table, words without times,
 * process ids and directories.
 */
final class OutputShape {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Members whose values are the same for both. */
  private static final Set<String> SAID = Set.of("id", "status", "type", "level");

  private static final Pattern OPTION = Pattern.compile("(?m)^ +(--?[a-z].*?)(?:  .*)?$");
  private static final Pattern TABLE = Pattern.compile("(?s)^ *(ID +PID|UID +PID|PID +COMMAND).*");

  private final Set<String> known;
  private final Set<String> seen = new TreeSet<>();

  /**
   * A shape in which some options don't count.
   *
   * @param known options as help texts have them
   */
  OutputShape(Set<String> known) {
    this.known = Set.copyOf(known);
  }

  /** Which of the options that don't count were there. */
  Set<String> seen() {
    return seen;
  }

  String of(String output) {
    if (output.startsWith("NAME:") || output.contains("\nNAME:\n")) {
      return help(output);
    }
    if (TABLE.matcher(output).matches()) {
      return output.lines().findFirst().orElse("").strip().replaceAll(" +", " ");
    }
    String start = output.strip();
    if (start.startsWith("{") || start.startsWith("[")) {
      try {
        return members("", MAPPER.readTree(start)).stream().collect(Collectors.joining("\n"));
      } catch (JsonProcessingException none) {
        return words(output);
      }
    }
    return words(output);
  }

  /** A complaint before it, and the options. */
  private String help(String text) {
    String complaint = text.substring(0, text.indexOf("NAME:"));
    Set<String> options =
        OPTION
            .matcher(text)
            .results()
            .map(option -> option.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    known.stream().filter(options::remove).forEach(seen::add);
    return words(complaint) + options;
  }

  private static Set<String> members(String path, JsonNode node) {
    Set<String> members = new TreeSet<>();
    if (node.isObject()) {
      node.properties()
          .forEach(member -> {
            boolean said = SAID.contains(member.getKey()) && member.getValue().isTextual();
            String name = path + "." + member.getKey();
            members.addAll(
                said
                    ? Set.of(name + "=" + member.getValue().asText())
                    : members(name, member.getValue()));
          });
    } else if (node.isArray()) {
      node.forEach(element -> members.addAll(members(path + "[]", element)));
    } else {
      members.add(path + ": " + node.getNodeType());
    }
    return members;
  }

  static String words(String text) {
    return text.replaceAll("\"?time\"?[=:]\"[^\"]*\",?", "")
        .replaceAll("[^ \"]*(runc|carafe)(\\W)", "X$2")
        .replaceAll("^\\d+$", "PID")
        .strip();
  }
}
