package dev.carafe.runtime.cgroup;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Turns {@code linux.cgroupsPath} of the OCI configuration into a path below the cgroup mounts. The
 * rules: absolute is below the mount; relative is below the default parent; absent is the container
 * ID below the default parent. Cleaning is lexical and {@code ..} can't leave the mount.
 *
 * @param defaultParent absolute, {@code /carafe} unless configured
 */
public record CgroupPaths(String defaultParent) {
  /** The parent of containers whose configuration names none. */
  public static final String DEFAULT_PARENT = "/carafe";

  public CgroupPaths {
    if (!defaultParent.startsWith("/")) {
      throw CgroupException.invalid(
          "the default cgroup parent '" + defaultParent + "' must be an absolute path");
    }
    defaultParent = clean(defaultParent);
  }

  /**
   * The path of a container.
   *
   * @param cgroupsPath as configured
   * @param id the container's ID
   * @return absolute and clean, never the root itself
   * @throws CgroupException when nothing is left of the path, or it has a NUL or newline
   */
  public String resolve(@Nullable String cgroupsPath, String id) {
    String wanted = Objects.requireNonNullElse(cgroupsPath, "");
    String name = wanted.isEmpty() ? id : wanted;
    if (name.indexOf('\0') >= 0 || name.indexOf('\n') >= 0) {
      throw CgroupException.invalid("the cgroup path '" + name + "' has a NUL or a newline");
    }
    // Cleaned before it is joined, so that ".." in a relative path can't climb out of the parent.
    String cleaned = clean(name);
    String path = name.startsWith("/") ? cleaned : clean(defaultParent + cleaned);
    if (cleaned.equals("/")) {
      throw CgroupException.invalid(
          "the cgroup path '" + name + "' names no cgroup below its parent");
    }
    return path;
  }

  private static String clean(String path) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : path.split("/", -1)) {
      switch (part) {
        case "", "." -> {}
        case ".." -> parts.pollLast();
        default -> parts.addLast(part);
      }
    }
    return "/" + String.join("/", parts);
  }
}
