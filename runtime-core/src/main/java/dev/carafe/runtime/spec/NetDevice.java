package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * A host network device to move into the container's network namespace.
 *
 * @param name its name inside; absent keeps it
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NetDevice(@Nullable String name) {
  public NetDevice {
    name = Values.text(name);
  }
}
