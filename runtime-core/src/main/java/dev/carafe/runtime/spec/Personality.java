package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;

/**
 * Execution domain.
 *
 * @param domain LINUX or LINUX32
 * @param flags none is defined by the specification; kept for callers
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Personality(Domain domain, List<String> flags) {
  public Personality {
    Objects.requireNonNull(domain, "domain");
    flags = Values.list(flags);
  }

  /** Execution domains. */
  public enum Domain {
    LINUX(0),
    LINUX32(8);

    private final int number;

    Domain(int number) {
      this.number = number;
    }

    /** The value for personality(2). */
    public int number() {
      return number;
    }
  }
}
