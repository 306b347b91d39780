package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * The container's root directory.
 *
 * @param path absolute, or relative to the bundle
 * @param readonly whether the root is read-only inside the container
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Root(String path, @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean readonly) {
  public Root {
    path = path == null ? "" : path;
  }
}
