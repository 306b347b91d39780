package dev.carafe.runtime.rdt;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The meaning of schemata lines: a number by resource and domain (kernel: filesystems/resctrl.rst).
 * Cache masks are hexadecimal, bandwidths decimal. Blanks, order and leading zeros mean nothing.
 *
 * @param resources value by domain id, by resource name ({@code L3}, {@code L3CODE}, {@code MB})
 */
public record Schemata(Map<String, Map<Integer, Long>> resources) {
  public Schemata {
    Map<String, Map<Integer, Long>> copy = new TreeMap<>();
    resources.forEach(
        (name, domains) -> copy.put(name, Collections.unmodifiableMap(new TreeMap<>(domains))));
    resources = Collections.unmodifiableMap(copy);
  }

  /**
   * Reads lines such as {@code L3:0=ff;1=f}. A later line is the later word on its domains.
   *
   * @throws RdtException of kind INVALID naming the line
   */
  public static Schemata parse(List<String> lines) {
    Map<String, Map<Integer, Long>> resources = new TreeMap<>();
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon < 0 || line.indexOf('\n') >= 0) {
        throw invalid(line);
      }
      String name = line.substring(0, colon).strip();
      Map<Integer, Long> domains = resources.computeIfAbsent(name, key -> new TreeMap<>());
      for (String part : line.substring(colon + 1).split(";", -1)) {
        if (!part.isBlank()) {
          domain(line, name, part, domains);
        }
      }
      if (name.isEmpty() || domains.isEmpty()) {
        throw invalid(line);
      }
    }
    return new Schemata(resources);
  }

  private static void domain(String line, String name, String part, Map<Integer, Long> domains) {
    int equals = part.indexOf('=');
    try {
      int id = Integer.parseInt(part.substring(0, Math.max(0, equals)).strip());
      String value = part.substring(equals + 1).strip();
      domains.put(id, Long.parseLong(value, isBandwidth(name) ? 10 : 16));
    } catch (NumberFormatException e) {
      throw invalid(line);
    }
  }

  private static RdtException invalid(String line) {
    return new RdtException(
        RdtException.Kind.INVALID,
        "not a schemata line: '" + line + "'; expected RESOURCE:ID=VALUE;ID=VALUE in one line");
  }

  /**
   * One line a resource, as the kernel takes them in one write: it refuses a write that names a
   * domain of a resource twice.
   */
  public List<String> lines() {
    return resources.entrySet().stream()
        .map(resource ->
            resource.getValue().entrySet().stream()
                .map(e -> e.getKey() + "=" + text(resource.getKey(), e.getValue()))
                .collect(Collectors.joining(";", resource.getKey() + ":", "")))
        .toList();
  }

  static boolean isBandwidth(String resource) {
    return resource.equals("MB") || resource.equals("SMBA");
  }

  /**
   * Compares what is wanted with what a group says. Only what is wanted counts; a group may say
   * more.
   *
   * @param wanted every resource and domain in it must be here
   * @param bandwidthStep the kernel rounds percentages of bandwidth up to a multiple of this
   * @return the first difference as a sentence, or null when there is none
   */
  @Nullable String difference(Schemata wanted, long bandwidthStep) {
    for (Map.Entry<String, Map<Integer, Long>> resource : wanted.resources().entrySet()) {
      String name = resource.getKey();
      Map<Integer, Long> here = resources.getOrDefault(name, Map.of());
      long step = isBandwidth(name) ? bandwidthStep : 1;
      for (Map.Entry<Integer, Long> domain : resource.getValue().entrySet()) {
        Long value = here.get(domain.getKey());
        if (value == null || !same(value, domain.getValue(), step)) {
          return name
              + ":"
              + domain.getKey()
              + " is "
              + (value == null ? "absent" : text(name, value))
              + ", wanted "
              + text(name, domain.getValue());
        }
      }
    }
    return null;
  }

  private static boolean same(long here, long wanted, long step) {
    return here == wanted || here == Math.ceilDiv(wanted, step) * step;
  }

  private static String text(String resource, long value) {
    return isBandwidth(resource) ? Long.toString(value) : Long.toHexString(value);
  }
}
