package dev.carafe.agent.rdt.control;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.rdt.RdtView.ClassRow;
import dev.carafe.agent.rdt.RdtView.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whose bandwidth is kept, and at whose expense.
 *
 * @param shielded control group of the protected class
 * @param throttled control groups of the others; at least one
 * @param problem why there is no control; null when there is
 */
record Members(String shielded, List<String> throttled, @Nullable String problem) {
  Members {
    throttled = List.copyOf(throttled);
  }

  /** Of the classes that there are. Groups of somebody else are never throttled. */
  static Members of(CarafeConfig.RdtController config, List<ClassRow> classes) {
    ClassRow shielded = find(classes, config.protect());
    if (shielded == null) {
      return none(
          "rdt.controller.protect = \"%s\" names no class; there are %s"
              .formatted(config.protect(), names(classes)));
    }
    List<String> throttled = new ArrayList<>();
    for (ClassRow row : classes) {
      boolean wanted =
          config.throttle().isEmpty()
              ? row.kind() == Kind.CONFIGURED
              : config.throttle().contains(row.name());
      boolean allowed = row.kind() == Kind.CONFIGURED || row.kind() == Kind.ROOT;
      if (wanted && allowed && !row.group().equals(shielded.group())) {
        throttled.add(row.group());
      }
    }
    for (String name : config.throttle()) {
      ClassRow row = find(classes, name);
      if (row == null || !throttled.contains(row.group())) {
        return none(
            "rdt.controller.throttle names \"%s\": expected classes of the RDT configuration other than \"%s\"; there are %s"
                .formatted(name, config.protect(), names(classes)));
      }
    }
    return throttled.isEmpty()
        ? none("there is no class beside \"" + config.protect() + "\" that may be throttled")
        : new Members(shielded.group(), throttled, null);
  }

  private static Members none(String problem) {
    return new Members("", List.of(), problem);
  }

  private static @Nullable ClassRow find(List<ClassRow> classes, String name) {
    return classes.stream().filter(row -> row.name().equals(name)).findFirst().orElse(null);
  }

  private static List<String> names(List<ClassRow> classes) {
    return classes.stream().map(ClassRow::name).toList();
  }
}
