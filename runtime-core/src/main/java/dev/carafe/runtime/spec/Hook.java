package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program that runs at a point of the lifecycle, with the container's state on stdin.
 *
 * @param path absolute path of the program
 * @param args arguments, the first is its name
 * @param env variables as NAME=VALUE
 * @param timeout seconds after which it is killed and counts as failed; absent is never
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Hook(String path, List<String> args, List<String> env, @Nullable Integer timeout) {
  public Hook {
    path = path == null ? "" : path;
    args = Values.list(args);
    env = Values.list(env);
  }
}
