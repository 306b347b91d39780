package dev.carafe.cri;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The CRI as flat rows, from a table of tab-separated values (kind, owner, name, number, type,
 * notes; {@code #} starts a comment line) or from a compiled descriptor, in one and the same form.
 */
final class CriTable {
  /** One element of the interface. Two rows of one key describe the same element. */
  record Row(String kind, String owner, String name, String number, String type, String notes) {
    String key() {
      return name.isEmpty() ? kind + " " + owner : kind + " " + owner + "." + name;
    }
  }

  private static final int COLUMNS = 6;

  private CriTable() {}

  static List<Row> parse(List<String> lines) {
    List<Row> rows = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith("#") || line.isBlank()) {
        continue;
      }
      String[] cells = line.split("\t", -1);
      if (cells.length != COLUMNS) {
        throw new IllegalArgumentException(
            "row \"" + line + "\" has " + cells.length + " columns, expected " + COLUMNS);
      }
      rows.add(new Row(cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]));
    }
    return List.copyOf(rows);
  }

  static List<Row> of(FileDescriptor file) {
    List<Row> rows = new ArrayList<>();
    for (ServiceDescriptor service : file.getServices()) {
      for (MethodDescriptor method : service.getMethods()) {
        rows.add(new Row("rpc", service.getName(), method.getName(), "", signature(method), ""));
      }
    }
    for (EnumDescriptor type : file.getEnumTypes()) {
      addEnum(rows, type);
    }
    for (Descriptor message : file.getMessageTypes()) {
      addMessage(rows, message);
    }
    return List.copyOf(rows);
  }

  private static void addEnum(List<Row> rows, EnumDescriptor type) {
    for (EnumValueDescriptor value : type.getValues()) {
      String notes = value.getOptions().getDeprecated() ? "deprecated" : "";
      String number = Integer.toString(value.getNumber());
      rows.add(new Row("enum", shortName(type.getFullName()), value.getName(), number, "", notes));
    }
  }

  private static void addMessage(List<Row> rows, Descriptor message) {
    String owner = shortName(message.getFullName());
    if (message.getFields().isEmpty()) {
      rows.add(new Row("message", owner, "", "", "", "no fields"));
    }
    for (FieldDescriptor field : message.getFields()) {
      String notes = field.getOptions().getDeprecated() ? "deprecated" : "";
      String number = Integer.toString(field.getNumber());
      rows.add(new Row("field", owner, field.getName(), number, labelledType(field), notes));
    }
    for (EnumDescriptor nested : message.getEnumTypes()) {
      addEnum(rows, nested);
    }
    for (Descriptor nested : message.getNestedTypes()) {
      if (!nested.getOptions().getMapEntry()) {
        addMessage(rows, nested);
      }
    }
  }

  private static String signature(MethodDescriptor method) {
    return (method.isClientStreaming() ? "stream " : "")
        + shortName(method.getInputType().getFullName())
        + " -> "
        + (method.isServerStreaming() ? "stream " : "")
        + shortName(method.getOutputType().getFullName());
  }

  private static String labelledType(FieldDescriptor field) {
    if (field.isMapField()) {
      Descriptor entry = field.getMessageType();
      FieldDescriptor key = entry.findFieldByName("key");
      FieldDescriptor value = entry.findFieldByName("value");
      return "map<" + type(key) + "," + type(value) + ">";
    }
    if (field.isRepeated()) {
      return "repeated " + type(field);
    }
    OneofDescriptor oneof = field.getRealContainingOneof();
    if (oneof != null) {
      return "oneof " + oneof.getName() + " " + type(field);
    }
    return (field.toProto().getProto3Optional() ? "optional " : "") + type(field);
  }

  private static String type(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case MESSAGE -> shortName(field.getMessageType().getFullName());
      case ENUM -> shortName(field.getEnumType().getFullName(), field.getContainingType());
      default -> field.getType().name().toLowerCase(Locale.ROOT);
    };
  }

  private static String shortName(String fullName) {
    return fullName.substring("runtime.v1.".length());
  }

  /** As written inside {@code scope}: a type nested there goes by its last name. */
  private static String shortName(String fullName, Descriptor scope) {
    String prefix = scope.getFullName() + ".";
    return fullName.startsWith(prefix) ? fullName.substring(prefix.length()) : shortName(fullName);
  }
}
