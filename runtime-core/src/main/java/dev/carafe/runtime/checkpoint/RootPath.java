package dev.carafe.runtime.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;

/**
 * Where a path lies inside a root directory whose links are not trusted: an absolute link starts
 * again at the root, and {@code ..} ends there. For a root in which nobody moves things meanwhile.
 */
final class RootPath {
  private static final int LINKS_MAX = 40;

  private RootPath() {}

  /**
   * The path with every link resolved; what is not there is taken literally.
   *
   * @param root the directory
   * @param path inside it, absolute
   * @return absolute inside the root
   * @throws IOException when links go round
   */
  static Path resolve(Path root, String path) throws IOException {
    Deque<String> rest = new ArrayDeque<>();
    push(rest, Path.of(path));
    Path found = Path.of("/");
    int links = 0;
    while (!rest.isEmpty()) {
      String name = rest.pop();
      if (name.equals("..")) {
        found = Objects.requireNonNullElse(found.getParent(), found);
        continue;
      }
      Path next = found.resolve(name);
      Path host = on(root, next);
      if (!Files.isSymbolicLink(host)) {
        found = next;
        continue;
      }
      if (++links > LINKS_MAX) {
        throw new IOException(path + ": too many links inside " + root);
      }
      Path target = Files.readSymbolicLink(host);
      found = target.isAbsolute() ? Path.of("/") : found;
      push(rest, target);
    }
    return found;
  }

  /** The host's path of a resolved one. */
  static Path on(Path root, Path inside) {
    return root.resolve(Path.of("/").relativize(inside));
  }

  private static void push(Deque<String> rest, Path path) {
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      String name = path.getName(i).toString();
      if (!name.isEmpty() && !name.equals(".")) {
        rest.push(name);
      }
    }
  }
}
