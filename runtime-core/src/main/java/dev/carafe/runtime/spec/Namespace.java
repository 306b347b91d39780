package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A namespace to make, or to join.
 *
 * @param type which
 * @param path absolute path of a namespace file to join; absent makes a new one
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Namespace(Type type, @Nullable String path) {
  public Namespace {
    Objects.requireNonNull(type, "type");
    path = Values.text(path);
  }

  /** A new namespace. */
  public Namespace(Type type) {
    this(type, null);
  }

  /** Namespace types, each with its clone(2) flag. */
  public enum Type {
    @JsonProperty("pid")
    PID(0x20000000),
    @JsonProperty("network")
    NETWORK(0x40000000),
    @JsonProperty("mount")
    MOUNT(0x00020000),
    @JsonProperty("ipc")
    IPC(0x08000000),
    @JsonProperty("uts")
    UTS(0x04000000),
    @JsonProperty("user")
    USER(0x10000000),
    @JsonProperty("cgroup")
    CGROUP(0x02000000),
    @JsonProperty("time")
    TIME(0x00000080);

    private final int cloneFlag;

    Type(int cloneFlag) {
      this.cloneFlag = cloneFlag;
    }

    /** The CLONE_NEW* flag. */
    public int cloneFlag() {
      return cloneFlag;
    }
  }
}
