package dev.carafe.runtime.rdt.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A value of a YAML document with its place. Plain words mean what they do to goresctrl's parser,
 * which is YAML 1.1: {@code yes} is true, {@code 0x10} a number.
 *
 * @param node null for what is not there
 * @param where it stands
 */
record Yaml(@Nullable Node node, Where where) {
  private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");
  private static final Pattern TRUE = Pattern.compile("y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON");
  private static final Pattern FALSE =
      Pattern.compile("n|N|no|No|NO|false|False|FALSE|off|Off|OFF");
  private static final Pattern NUMBER =
      Pattern.compile(
          "[-+]?(0[xX][0-9a-fA-F_]+|0b[01_]+|0o?[0-7_]*|[1-9][0-9_]*(\\.[0-9_]*)?([eE][-+]?[0-9]+)?)");

  Yaml {
    Objects.requireNonNull(where, "where");
  }

  /**
   * Reads a document.
   *
   * @throws RdtConfigException when it is not YAML
   */
  static Yaml parse(String text) {
    try {
      LoadSettings settings = LoadSettings.builder().setAllowDuplicateKeys(true).build();
      Node root = new Compose(settings).composeString(text).orElse(null);
      return new Yaml(root, new Where("", root == null ? 0 : line(root.getStartMark())));
    } catch (MarkedYamlEngineException e) {
      throw new RdtConfigException(
          new Where("", line(e.getProblemMark())), "not YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw new RdtConfigException(Where.FILE, "not YAML: " + e.getMessage());
    }
  }

  private static int line(Optional<Mark> mark) {
    return mark.map(m -> m.getLine() + 1).orElse(0);
  }

  RdtConfigException refuse(String reason) {
    return new RdtConfigException(where, reason);
  }

  /** Whether there is nothing, or null. */
  boolean isNull() {
    return node == null
        || (node instanceof ScalarNode scalar
            && plain(scalar)
            && NULLS.contains(scalar.getValue()));
  }

  boolean isScalar() {
    return node instanceof ScalarNode;
  }

  boolean isSequence() {
    return node instanceof SequenceNode;
  }

  /** Whether it is a number and not text that looks like one. */
  boolean isNumber() {
    return node instanceof ScalarNode scalar
        && plain(scalar)
        && NUMBER.matcher(scalar.getValue()).matches();
  }

  private static boolean plain(ScalarNode scalar) {
    return scalar.getScalarStyle() == ScalarStyle.PLAIN;
  }

  /** The text of a scalar as it stands in the file. */
  String text() {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw refuse("expected text, found a " + kind());
  }

  boolean bool() {
    if (node instanceof ScalarNode scalar && plain(scalar)) {
      if (TRUE.matcher(scalar.getValue()).matches()) {
        return true;
      }
      if (FALSE.matcher(scalar.getValue()).matches() || isNull()) {
        return false;
      }
    }
    throw refuse("expected true or false, found " + shown());
  }

  List<Yaml> sequence() {
    if (!(node instanceof SequenceNode sequence)) {
      throw refuse("expected a list, found " + shown());
    }
    List<Yaml> values = new ArrayList<>();
    for (Node value : sequence.getValue()) {
      values.add(
          new Yaml(
              value,
              new Where(where.path() + "[" + values.size() + "]", line(value.getStartMark()))));
    }
    return values;
  }

  /** The fields of a mapping; none for null. */
  Map<String, Yaml> mapping() {
    if (isNull()) {
      return Map.of();
    }
    if (!(node instanceof MappingNode mapping)) {
      throw refuse("expected a mapping, found " + shown());
    }
    Map<String, Yaml> fields = new LinkedHashMap<>();
    for (NodeTuple entry : mapping.getValue()) {
      if (!(entry.getKeyNode() instanceof ScalarNode key)) {
        throw refuse("a key that is not text");
      }
      String path = where.path().isEmpty() ? key.getValue() : where.path() + "." + key.getValue();
      Where place = new Where(path, line(key.getStartMark()));
      Yaml value = new Yaml(entry.getValueNode(), place);
      if (fields.put(key.getValue(), value) != null) {
        throw value.refuse("the key stands twice");
      }
    }
    return fields;
  }

  /** The fields of a mapping that has no others than these. */
  Map<String, Yaml> mapping(Set<String> known) {
    Map<String, Yaml> fields = mapping();
    for (Map.Entry<String, Yaml> field : fields.entrySet()) {
      if (!known.contains(field.getKey())) {
        throw field
            .getValue()
            .refuse(
                "unknown field \""
                    + field.getKey()
                    + "\"; there are "
                    + known.stream().sorted().toList());
      }
    }
    return fields;
  }

  /** A field of this mapping that may be missing. */
  Yaml orMissing(@Nullable Yaml field) {
    return field == null ? new Yaml(null, where) : field;
  }

  private String shown() {
    return node instanceof ScalarNode scalar ? "'" + scalar.getValue() + "'" : "a " + kind();
  }

  private String kind() {
    return switch (node) {
      case null -> "nothing";
      case MappingNode mapping -> "mapping";
      case SequenceNode sequence -> "list";
      default -> "scalar";
    };
  }
}
