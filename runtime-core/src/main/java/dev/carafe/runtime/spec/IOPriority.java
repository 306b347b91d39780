package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Objects;

/**
 * I/O priority, as ioprio_set(2).
 *
 * @param ioClass scheduling class
 * @param priority 0 (first) to 7
 */
public record IOPriority(@JsonProperty("class") IOClass ioClass, int priority) {
  public IOPriority {
    Objects.requireNonNull(ioClass, "class");
  }

  /** I/O classes. */
  public enum IOClass {
    IOPRIO_CLASS_RT,
    IOPRIO_CLASS_BE,
    IOPRIO_CLASS_IDLE
  }
}
