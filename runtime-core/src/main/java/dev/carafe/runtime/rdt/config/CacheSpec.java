package dev.carafe.runtime.rdt.config;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of one cache.
 *
 * @param where it is said
 * @param unified the share, and the fallback of the other two
 * @param code the share for code, or null; null together with data
 * @param data the share for data, or null
 */
public record CacheSpec(
    Where where, CacheShare unified, @Nullable CacheShare code, @Nullable CacheShare data) {
  public CacheSpec {
    Objects.requireNonNull(where, "where");
    Objects.requireNonNull(unified, "unified");
    if ((code == null) != (data == null)) {
      throw new IllegalArgumentException("code and data go together");
    }
  }

  /** What of a cache a share is for. */
  public enum Kind {
    /** Code and data together. */
    UNIFIED(""),
    /** Code, with code and data prioritization. */
    CODE("CODE"),
    /** Data, with code and data prioritization. */
    DATA("DATA");

    private final String suffix;

    Kind(String suffix) {
      this.suffix = suffix;
    }

    /** What the resource's name ends in. */
    public String suffix() {
      return suffix;
    }
  }

  /** The share that is stated for a kind, or null. */
  public @Nullable CacheShare stated(Kind kind) {
    return switch (kind) {
      case UNIFIED -> unified;
      case CODE -> code;
      case DATA -> data;
    };
  }

  /** The share that counts for a kind. */
  public CacheShare effective(Kind kind) {
    CacheShare share = stated(kind);
    return share == null ? unified : share;
  }
}
