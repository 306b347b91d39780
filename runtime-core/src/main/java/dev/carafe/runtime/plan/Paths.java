package dev.carafe.runtime.plan;

import java.util.ArrayDeque;
import java.util.Deque;

/** Paths inside a container as text: what links do is the launcher's business. */
final class Paths {
  private Paths() {}

  /** Absolute, without empty, "." and ".." parts; ".." never leaves the root. */
  static String normalize(String path) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : path.split("/", -1)) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return "/" + String.join("/", parts);
  }

  /** Whether a path is below another, or the same. Both are normalized. */
  static boolean isWithin(String path, String directory) {
    return path.equals(directory) || directory.equals("/") || path.startsWith(directory + "/");
  }
}
