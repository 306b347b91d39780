package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A device node of the container.
 *
 * @param path absolute path inside the container
 * @param type c or u, b, or p
 * @param major major number; unused for p
 * @param minor minor number; unused for p
 * @param fileMode permissions, 0 to 07777 decimal in JSON; absent is 0666
 * @param uid owner inside the container; absent is 0
 * @param gid group inside the container; absent is 0
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Device(
    String path,
    Type type,
    long major,
    long minor,
    @Nullable Integer fileMode,
    @Nullable Long uid,
    @Nullable Long gid) {
  public Device {
    path = path == null ? "" : path;
    Objects.requireNonNull(type, "type");
  }

  /** Kinds of device. */
  public enum Type {
    /** Every kind: in cgroup rules only. */
    @JsonProperty("a")
    ALL,
    @JsonProperty("b")
    BLOCK,
    @JsonProperty("c")
    CHAR,
    /** Unbuffered character device, made as {@link #CHAR}. */
    @JsonProperty("u")
    UNBUFFERED,
    @JsonProperty("p")
    FIFO
  }
}
