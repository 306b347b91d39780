package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * NUMA memory policy, as set_mempolicy(2).
 *
 * @param mode how memory is placed
 * @param nodes node list, as 0-3,7
 * @param flags mode flags
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record MemoryPolicy(Mode mode, @Nullable String nodes, List<Flag> flags) {
  public MemoryPolicy {
    Objects.requireNonNull(mode, "mode");
    nodes = Values.text(nodes);
    flags = Values.list(flags);
  }

  /** Modes; the ordinal is the kernel's number. */
  public enum Mode {
    MPOL_DEFAULT,
    MPOL_PREFERRED,
    MPOL_BIND,
    MPOL_INTERLEAVE,
    MPOL_LOCAL,
    MPOL_PREFERRED_MANY,
    MPOL_WEIGHTED_INTERLEAVE
  }

  /** Flags that are or-ed to the mode. */
  public enum Flag {
    MPOL_F_STATIC_NODES,
    MPOL_F_RELATIVE_NODES,
    MPOL_F_NUMA_BALANCING
  }
}
