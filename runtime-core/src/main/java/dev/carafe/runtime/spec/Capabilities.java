package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.stream.Stream;

/**
 * The five capability sets by name (CAP_...). Names that this runtime does not know are ignored, as
 * the specification asks.
 *
 * @param bounding the limit of what execve can give
 * @param effective what the kernel checks
 * @param inheritable kept over execve of files that are marked so; never filled by default
 *     (CVE-2022-29162)
 * @param permitted what may become effective
 * @param ambient kept over execve of ordinary files
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Capabilities(
    List<String> bounding,
    List<String> effective,
    List<String> inheritable,
    List<String> permitted,
    List<String> ambient) {
  public Capabilities {
    bounding = Values.list(bounding);
    effective = Values.list(effective);
    inheritable = Values.list(inheritable);
    permitted = Values.list(permitted);
    ambient = Values.list(ambient);
  }

  /** Names in any of the sets that no kernel knows, sorted. */
  public List<String> unknown() {
    return Stream.of(bounding, effective, inheritable, permitted, ambient)
        .flatMap(List::stream)
        .filter(name -> Capability.find(name) == null)
        .distinct()
        .sorted()
        .toList();
  }

  /** Those of {@link #ambient} that the kernel does not take: not permitted or not inheritable. */
  public List<String> notAmbient() {
    return ambient.stream()
        .filter(name -> !(permitted.contains(name) && inheritable.contains(name)))
        .toList();
  }

  /**
   * The usual sets of a container: bounding, effective and permitted alike, nothing inheritable or
   * ambient.
   */
  public static Capabilities of(List<String> names) {
    return new Capabilities(names, names, List.of(), names, List.of());
  }
}
