package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
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
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record IntelRdt(
    @JsonProperty("closID") @Nullable String closId,
    List<String> schemata,
    @JsonProperty("l3CacheSchema") @Nullable String l3CacheSchema,
    @Nullable String memBwSchema,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean enableMonitoring) {
  public IntelRdt {
    closId = Values.text(closId);
    schemata = Values.list(schemata);
    l3CacheSchema = Values.text(l3CacheSchema);
    memBwSchema = Values.text(memBwSchema);
  }
}
