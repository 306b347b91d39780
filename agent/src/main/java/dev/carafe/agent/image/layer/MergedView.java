package dev.carafe.agent.image.layer;

import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCallException;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.linux.FileStat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What overlayfs would show of a layer that is being unpacked on top of those below it. The lower
 * ones are opened at the first question that the layer itself can't answer; from then on the layer
 * {@linkplain #leans() leans} on them.
 */
final class MergedView implements AutoCloseable {
  /**
   * Something that the view shows.
   *
   * @param layer the directory of the layer that has it
   * @param own whether that is the layer being unpacked
   */
  record Found(Fd layer, EntryPath path, FileStat stat, boolean own) {}

  private sealed interface Answer {
    record Here(FileStat stat) implements Answer {}

    /** Not in this layer; a lower one may have it. */
    record Below() implements Answer {}

    /** Not in this layer, which hides what lower ones have there. */
    record Hidden() implements Answer {}
  }

  private final Fd own;
  private final LowerLayers lowers;
  private @Nullable List<Fd> opened;

  MergedView(Fd own, LowerLayers lowers) {
    this.own = own;
    this.lowers = lowers;
  }

  /**
   * Whether the layer can only be used on top of the layers it was unpacked on: also where those
   * were none, for on top of others it would have come out differently.
   */
  boolean leans() {
    return opened != null;
  }

  /** What is at {@code path}, whose ancestors must be directories of the view; null if nothing. */
  @Nullable Found find(EntryPath path) throws FileCallException, InterruptedException {
    Answer answer = ask(own, path);
    if (answer instanceof Answer.Here(FileStat stat)) {
      return new Found(own, path, stat, true);
    }
    if (answer instanceof Answer.Hidden) {
      return null;
    }
    for (Fd lower : lowerDirectories()) {
      switch (ask(lower, path)) {
        case Answer.Here(FileStat stat) -> {
          return Overlay.isWhiteout(stat) ? null : new Found(lower, path, stat, false);
        }
        case Answer.Hidden() -> {
          return null;
        }
        case Answer.Below() -> {}
      }
    }
    return null;
  }

  private static Answer ask(Fd layer, EntryPath path) throws FileCallException {
    boolean opaque = false;
    EntryPath at = EntryPath.ROOT;
    int last = path.components().size() - 1;
    for (int i = 0; i <= last; i++) {
      opaque |= !at.isRoot() && Overlay.isOpaque(layer, at.bytes());
      at = at.child(path.components().get(i));
      FileStat stat = FileCalls.stat(layer, at.bytes());
      if (stat == null) {
        return opaque ? new Answer.Hidden() : new Answer.Below();
      }
      if (i == last) {
        return new Answer.Here(stat);
      }
      if (!stat.isDirectory()) {
        return new Answer.Hidden();
      }
    }
    throw new IllegalArgumentException("the root is always there");
  }

  private List<Fd> lowerDirectories() throws FileCallException, InterruptedException {
    if (opened == null) {
      List<Fd> directories = new ArrayList<>();
      opened = directories;
      for (Path lower : lowers.topDown()) {
        directories.add(FileCalls.openDirectory(lower));
      }
    }
    return opened;
  }

  @Override
  public void close() {
    if (opened != null) {
      opened.forEach(Fd::close);
    }
  }
}
