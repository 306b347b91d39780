package dev.carafe.cri;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.TextFormat;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Renders protobuf messages for logs, without their secrets.
 *
 * <p>What is secret is said once, in the {@code .proto} file, by the field option {@code
 * debug_redact}; it holds at any depth. Numbers of unknown fields are shown, never their content: a
 * field that a newer client knows may be a secret that this build has not heard of. Everything
 * else, values of environment variables included, is shown as it is.
 *
 * <p>{@link Object#toString()} of a generated message shows secrets: never log it.
 */
public final class Redaction {
  private static final String REDACTED = "<redacted>";
  private static final TextFormat.Printer PRINTER = TextFormat.printer().emittingSingleLine(true);

  private Redaction() {}

  /**
   * One line in protobuf's text format: set fields only, in the order of their numbers, control and
   * non-ASCII characters escaped. The line is as long as the message asks for; empty for a message
   * without fields. Safe for use by several threads as long as nobody changes the message.
   */
  public static String toLogString(MessageOrBuilder message) {
    StringBuilder line = new StringBuilder();
    appendFields(line, message);
    return line.toString();
  }

  private static void appendFields(StringBuilder line, MessageOrBuilder message) {
    for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
      appendField(line, entry.getKey(), entry.getValue());
    }
    for (int number : message.getUnknownFields().asMap().keySet()) {
      separate(line).append(number).append(": ").append(REDACTED);
    }
  }

  private static void appendField(StringBuilder line, FieldDescriptor field, Object value) {
    if (field.getOptions().getDebugRedact()) {
      separate(line).append(field.getName()).append(": ").append(REDACTED);
    } else if (field.getJavaType() == JavaType.MESSAGE) {
      Collection<?> elements = field.isRepeated() ? (Collection<?>) value : List.of(value);
      for (Object element : elements) {
        separate(line).append(field.getName()).append(" {");
        appendFields(line, (MessageOrBuilder) element);
        line.append(" }");
      }
    } else {
      separate(line).append(PRINTER.printFieldToString(field, value).strip());
    }
  }

  private static StringBuilder separate(StringBuilder line) {
    return line.isEmpty() ? line : line.append(' ');
  }
}
