package dev.carafe.node.host;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The installed builds: {@code /opt/carafe/BUILD}, never changed once they are whole, and the link
 * {@code /opt/carafe/current} that is moved from one to another in one step.
 */
final class Versions {
  private static final String CURRENT = "current";
  private static final String UNFINISHED = ".unfinished";
  private static final Pattern BUILD = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._+-]{0,63}");

  private final Path home;

  /** The builds below {@code home}. */
  Versions(Path home) {
    this.home = requireNonNull(home, "home is null");
  }

  /**
   * The name of a tree's build.
   *
   * @throws HostException when the tree does not say, or is none
   */
  static String buildOf(Path tree) throws HostException {
    Path file = tree.resolve("share/build");
    try {
      String build = Files.readString(file).strip();
      if (!BUILD.matcher(build).matches()) {
        throw new HostException(file + " says \"" + build + "\": expected a build's name");
      }
      return build;
    } catch (IOException unreadable) {
      throw new HostException(tree + " is no tree of make dist: cannot read " + file, unreadable);
    }
  }

  Path of(String build) {
    return home.resolve(build);
  }

  /** Copies a tree to its place; what a killed copy left is replaced, a whole one kept. */
  void stage(Path tree, String build) throws IOException {
    if (Files.isDirectory(of(build))) {
      return;
    }
    Files.createDirectories(home);
    Path unfinished = home.resolve(build + UNFINISHED);
    HostFiles.removeTree(unfinished);
    HostFiles.copyTree(tree, unfinished);
    Files.move(unfinished, of(build), StandardCopyOption.ATOMIC_MOVE);
  }

  /** The build in use, or null. */
  @Nullable String current() throws IOException {
    Path link = home.resolve(CURRENT);
    return Files.isSymbolicLink(link)
        ? String.valueOf(Files.readSymbolicLink(link).getFileName())
        : null;
  }

  /** Makes a build the one in use; null takes the link away. */
  void use(@Nullable String build) throws IOException {
    Path link = home.resolve(CURRENT);
    if (build == null) {
      Files.deleteIfExists(link);
      return;
    }
    Path next = home.resolve(CURRENT + UNFINISHED);
    Files.deleteIfExists(next);
    Files.createSymbolicLink(next, Path.of(build));
    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Removes all builds but these, and unfinished ones. */
  void prune(Set<String> keep) throws IOException {
    if (!Files.isDirectory(home)) {
      return;
    }
    try (Stream<Path> entries = Files.list(home)) {
      for (Path entry : entries.toList()) {
        String name = String.valueOf(entry.getFileName());
        if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS) && !keep.contains(name)) {
          HostFiles.removeTree(entry);
        }
      }
    }
  }
}
