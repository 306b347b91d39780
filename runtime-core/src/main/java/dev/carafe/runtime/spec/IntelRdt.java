package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Intel RDT class of the container (runtime-spec 1.3, section linux.intelRdt).
 *
 * @param closId name of the class of service; "/" is the root class; absent is a class named as the
 *     container
 * @param schemata lines for the schemata file, written last
 * @param l3CacheSchema line (L3:...) written first
 * @param memBwSchema line (MB:...) written second
 * @param enableMonitoring whether the container gets a monitoring group of its own
 * @param enableCmt what runtime-spec 1.1 and 1.2 asked for cache monitoring by; see {@link
 *     #warnings}
 * @param enableMbm what they asked for bandwidth monitoring by
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record IntelRdt(
    @JsonProperty("closID") @Nullable String closId,
    List<String> schemata,
    @JsonProperty("l3CacheSchema") @Nullable String l3CacheSchema,
    @Nullable String memBwSchema,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean enableMonitoring,
    @JsonProperty("enableCMT") @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean enableCmt,
    @JsonProperty("enableMBM") @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean enableMbm) {
  public IntelRdt {
    closId = Values.text(closId);
    schemata = Values.list(schemata);
    l3CacheSchema = Values.text(l3CacheSchema);
    memBwSchema = Values.text(memBwSchema);
  }

  /** An existing class, or the root one for {@code /}. */
  public static IntelRdt ofClass(String closId) {
    return new IntelRdt(closId, List.of(), null, null, false, false, false);
  }

  /** The same with other schemas, of which null leaves what is there ({@code update}). */
  public IntelRdt with(@Nullable String l3, @Nullable String memBw) {
    return new IntelRdt(
        closId,
        schemata,
        l3 == null ? l3CacheSchema : l3,
        memBw == null ? memBwSchema : memBw,
        enableMonitoring,
        enableCmt,
        enableMbm);
  }

  /** What an operator should hear of fields that are accepted and no longer mean anything. */
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (enableCmt) {
      warnings.add(ignored("enableCMT"));
    }
    if (enableMbm) {
      warnings.add(ignored("enableMBM"));
    }
    return List.copyOf(warnings);
  }

  private static String ignored(String field) {
    return "linux.intelRdt."
        + field
        + " is ignored: runtime-spec 1.3 replaced it by enableMonitoring";
  }
}
