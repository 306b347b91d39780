package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.Rlimit;
import java.util.List;
import java.util.stream.Collectors;

/** Prints plans for people: one operation a line, with names for flags. */
public final class PlanPrinter {
  private static final int BLOB_SHOWN = 16;

  private PlanPrinter() {}

  /** The whole plan, each line ended by a newline. */
  public static String print(Plan plan) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < plan.steps().size(); i++) {
      out.append("%3d ".formatted(i)).append(print(plan.steps().get(i))).append('\n');
    }
    return out.toString();
  }

  static String print(Plan.Step step) {
    Opcode opcode = step.op().opcode();
    StringBuilder line = new StringBuilder(opcode.name());
    for (Opcode.Field field : opcode.fields()) {
      line.append(' ').append(field.name()).append('=');
      line.append(format(opcode, field.name(), field.value(step.op())));
    }
    return line.append(step.mayFail() ? " [may fail]" : "").toString();
  }

  private static String format(Opcode opcode, String field, Object value) {
    if (value instanceof Long number) {
      return format(opcode, field, number.longValue());
    }
    if (value instanceof Integer number) {
      return switch (field) {
        case "slot", "root", "nullDevice", "userns" ->
            number == Op.NONE ? "none" : number.toString();
        case "type" -> Character.toString(number);
        case "create" -> create(number);
        default -> number.toString();
      };
    }
    return text(value);
  }

  private static String format(Opcode opcode, String field, long value) {
    return switch (field) {
      case "types" -> Symbols.NAMESPACES.format(value);
      case "attrs", "set", "clear" -> Symbols.ATTRIBUTES.format(value);
      case "propagation" -> Symbols.PROPAGATIONS.format(value);
      case "bounding", "permitted", "effective", "inheritable", "ambient" -> capabilities(value);
      case "mode", "umask" -> "0%o".formatted(value);
      case "flags" -> flags(opcode, value);
      default -> value == Op.UNCHANGED ? "unchanged" : Long.toString(value);
    };
  }

  private static String flags(Opcode opcode, long value) {
    return switch (opcode) {
      case OPEN_TREE -> Symbols.TREE_FLAGS.format(value);
      case OPEN -> Symbols.OPEN_FLAGS.format(value);
      case ATTACH -> Symbols.ATTACH_FLAGS.format(value);
      case PROPAGATION -> Symbols.PROPAGATIONS.format(value);
      default -> "0x" + Long.toHexString(value);
    };
  }

  private static String capabilities(long mask) {
    return mask == -1L ? "all" : Symbols.CAPABILITIES.format(mask);
  }

  private static String create(int kind) {
    return switch (kind) {
      case 0 -> "no";
      case 1 -> "directory";
      case 2 -> "file";
      case 3 -> "as-source";
      default -> Integer.toString(kind);
    };
  }

  /** One value as people read it. */
  static String text(Object value) {
    return switch (value) {
      case String text -> quote(text);
      case Blob blob ->
          blob.size() <= BLOB_SHOWN ? "<" + blob + ">" : "<" + blob.size() + " bytes>";
      case List<?> items ->
          items.stream().map(PlanPrinter::text).collect(Collectors.joining(", ", "[", "]"));
      case Op.Pair pair ->
          pair.value().isEmpty() ? quote(pair.key()) : quote(pair.key() + "=" + pair.value());
      case Op.NsSlot slot -> Symbols.NAMESPACES.format(slot.type()) + ":" + slot.slot();
      case IdMapping map -> map.containerId() + ":" + map.hostId() + ":" + map.size();
      case Rlimit limit -> limit.type() + "=" + limit(limit.soft()) + ":" + limit(limit.hard());
      default -> value.toString();
    };
  }

  private static String limit(long value) {
    return value == Rlimit.UNLIMITED ? "unlimited" : Long.toUnsignedString(value);
  }

  private static String quote(String text) {
    boolean plain =
        !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '"' && c != '\\');
    if (plain) {
      return text;
    }
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        default -> quoted.append(c < ' ' ? "\\x%02x".formatted((int) c) : String.valueOf(c));
      }
    }
    return quoted.append('"').toString();
  }
}
