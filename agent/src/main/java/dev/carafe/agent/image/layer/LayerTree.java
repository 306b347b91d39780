package dev.carafe.agent.image.layer;

import static java.util.Objects.requireNonNull;

import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCallException;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.linux.FileCopies;
import dev.carafe.runtime.linux.FileStat;
import dev.carafe.runtime.state.Trees;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a layer while entries go into it. Nothing outside it can be reached: each parent
 * is opened by openat2(2) without symbolic links; links in the middle of a path are resolved here,
 * one component at a time, with the layer's root as their ceiling, and through the layers below as
 * overlayfs would show them. Not thread-safe.
 */
final class LayerTree implements AutoCloseable {
  private static final int MAX_LINKS = 40;

  private final Fd root;
  private final MergedView view;
  private final DirectoryTimes times;
  private @Nullable EntryPath cachedPath;
  private @Nullable Directory cached;

  /**
   * A directory that is open.
   *
   * @param path where it really is in this layer: no component is a link
   */
  record Directory(EntryPath path, Fd fd) {}

  LayerTree(Path directory, LowerLayers lowers, DirectoryTimes times) throws FileCallException {
    this.root = FileCalls.openDirectory(directory);
    this.times = times;
    this.view = new MergedView(root, lowers);
  }

  boolean leans() {
    return view.leans();
  }

  /**
   * The directory that the archive calls {@code path}; made if no layer has it, copied up if only a
   * lower layer has it. It stays open until the next call.
   */
  Directory directory(EntryPath path) throws IOException, InterruptedException {
    if (cached != null && path.equals(cachedPath)) {
      return cached;
    }
    forget();
    Directory opened = openPlain(path);
    if (opened == null) {
      EntryPath real = resolve(path);
      opened = new Directory(real, FileCalls.openDirectoryBeneath(root, real.bytes()));
    }
    cachedPath = path;
    cached = opened;
    return opened;
  }

  /** Forgets the open directory: a name on the way to it may have changed. */
  void forget() {
    if (cached != null) {
      cached.fd().close();
    }
    cached = null;
    cachedPath = null;
  }

  private @Nullable Directory openPlain(EntryPath path) throws FileCallException {
    try {
      return new Directory(path, FileCalls.openDirectoryBeneath(root, path.bytes()));
    } catch (FileCallException e) {
      return switch (e.error()) {
        case ENOENT, ELOOP, ENOTDIR -> null;
        default -> throw e;
      };
    }
  }

  private EntryPath resolve(EntryPath path) throws IOException, InterruptedException {
    Deque<String> todo = new ArrayDeque<>(path.components());
    EntryPath done = EntryPath.ROOT;
    int links = 0;
    while (!todo.isEmpty()) {
      String component = todo.removeFirst();
      if (component.equals("..")) {
        done = done.isRoot() ? done : done.parent();
        continue;
      }
      EntryPath next = done.child(component);
      MergedView.Found found = view.find(next);
      if (found == null || (found.own() && Overlay.isWhiteout(found.stat()))) {
        makeImplied(next, found != null);
        done = next;
      } else if (found.stat().isDirectory()) {
        if (!found.own()) {
          copyUpDirectory(found);
        }
        done = next;
      } else if (found.stat().type() == FileCalls.S_IFLNK) {
        if (++links > MAX_LINKS) {
          throw new TarFormatException("more than 40 symbolic links on the way to " + path);
        }
        String target = rawLink(found);
        done = target.startsWith("/") ? EntryPath.ROOT : done;
        EntryPath.split(target).reversed().forEach(todo::addFirst);
      } else {
        throw new TarFormatException(next + " is no directory, but an entry lies below it");
      }
    }
    return done;
  }

  private static String rawLink(MergedView.Found link) throws FileCallException {
    byte[] target = FileCalls.readLink(link.layer(), link.path().bytes());
    return Raw.of(target, 0, target.length);
  }

  /** A directory that no entry declares: 0755 and root's, as other tools have it. */
  private void makeImplied(EntryPath path, boolean overWhiteout) throws IOException {
    try (Fd parent = FileCalls.openDirectoryBeneath(root, path.parent().bytes())) {
      byte[] name = Raw.bytes(path.base());
      if (overWhiteout) {
        FileCalls.removeFile(parent, name);
      }
      FileCalls.makeDirectory(parent, name, 0755);
      FileCalls.changeMode(parent, name, 0755);
      if (overWhiteout) {
        Overlay.makeOpaque(parent, name);
      }
    }
  }

  private void copyUpDirectory(MergedView.Found lower) throws IOException {
    try (Fd parent = FileCalls.openDirectoryBeneath(root, lower.path().parent().bytes())) {
      byte[] name = Raw.bytes(lower.path().base());
      FileCalls.makeDirectory(parent, name, 0700);
      FileCopies.copyFacts(
          lower.layer(),
          lower.path().bytes(),
          lower.stat(),
          parent,
          name,
          Predicate.not(Overlay::isMark));
    }
    times.remember(lower.path(), lower.stat().mtimeSeconds(), lower.stat().mtimeNanos());
  }

  /**
   * Makes sure that this layer itself has the file at {@code parent}/{@code base}, copying it up
   * from a lower one.
   *
   * @return false if no layer has it
   */
  boolean own(Directory parent, String base) throws IOException, InterruptedException {
    MergedView.Found found = view.find(parent.path().child(base));
    if (found == null || Overlay.isWhiteout(found.stat())) {
      return false;
    }
    if (!found.own()) {
      copyUpFile(found, parent.fd());
    }
    return true;
  }

  private static void copyUpFile(MergedView.Found lower, Fd parent) throws IOException {
    if (lower.stat().isDirectory()) {
      throw new TarFormatException(lower.path() + " is a directory: it can't be hard-linked");
    }
    FileCopies.copy(
        lower.layer(),
        lower.path().bytes(),
        lower.stat(),
        parent,
        Raw.bytes(lower.path().base()),
        Predicate.not(Overlay::isMark));
  }

  /** Removes whatever {@code name} is, with all below it. */
  void remove(Fd parent, byte[] name, FileStat stat) throws IOException {
    requireNonNull(stat, "stat is null");
    if (!stat.isDirectory()) {
      FileCalls.removeFile(parent, name);
      return;
    }
    forgetUnless(parent);
    try (Fd directory = FileCalls.openDirectoryBeneath(parent, name)) {
      Trees.deleteContent(directory.path());
    }
    FileCalls.removeDirectory(parent, name);
  }

  private void forgetUnless(Fd inUse) {
    if (cached != null && cached.fd() != inUse) {
      forget();
    }
  }

  /** The layer's root. */
  Fd root() {
    return root;
  }

  @Override
  public void close() {
    forget();
    view.close();
    root.close();
  }
}
