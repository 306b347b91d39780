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

  /** Modes with the kernel's numbers. */
  public enum Mode {
    MPOL_DEFAULT(0),
    MPOL_PREFERRED(1),
    MPOL_BIND(2),
    MPOL_INTERLEAVE(3),
    MPOL_LOCAL(4),
    MPOL_PREFERRED_MANY(5),
    MPOL_WEIGHTED_INTERLEAVE(6);

    private final int number;

    Mode(int number) {
      this.number = number;
    }

    /** The kernel's number. */
    public int number() {
      return number;
    }
  }

  /** Flags that are or-ed to the mode, with the kernel's bits. */
  public enum Flag {
    MPOL_F_STATIC_NODES(1 << 15),
    MPOL_F_RELATIVE_NODES(1 << 14),
    MPOL_F_NUMA_BALANCING(1 << 13);

    private final int bit;

    Flag(int bit) {
      this.bit = bit;
    }

    /** The kernel's bit. */
    public int bit() {
      return bit;
    }
  }
}
