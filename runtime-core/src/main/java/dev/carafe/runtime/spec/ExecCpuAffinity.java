package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * CPU affinity of an executed process, in CPU list form (0-3,7).
 *
 * @param initial while it is set up
 * @param finalCpus when the program runs
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ExecCpuAffinity(
    @Nullable String initial, @JsonProperty("final") @Nullable String finalCpus) {
  public ExecCpuAffinity {
    initial = Values.text(initial);
    finalCpus = Values.text(finalCpus);
  }
}
