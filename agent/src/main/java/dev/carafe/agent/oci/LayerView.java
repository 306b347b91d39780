package dev.carafe.agent.oci;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.linux.FileStat;
import dev.carafe.runtime.linux.Xattrs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SequencedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An image's unpacked layers, open, as an overlay of them would show them. What they hold is
 * hostile: links are followed inside the image only. They do not change, for nothing but the
 * unpacker can write to them. Names in layers are one character a byte. Not thread-safe.
 */
final class LayerView implements AutoCloseable {
  /** As many links as the kernel follows (path_resolution(7)). */
  private static final int MAX_LINKS = 40;

  private static final byte[] OPAQUE = raw("trusted.overlay.opaque");

  private final List<Place> roots = new ArrayList<>();

  /**
   * A name in one layer.
   *
   * @param layer the layer's directory
   * @param path its path from there; links are only in the last name
   */
  record Place(Fd layer, String path) {
    Place child(String name) {
      return new Place(layer, path.isEmpty() ? name : path + "/" + name);
    }

    byte[] bytes() {
      return raw(path);
    }
  }

  /**
   * What the overlay shows under a name: something of one layer, or directories that are merged.
   */
  sealed interface Found {
    /**
     * A directory.
     *
     * @param merged its parts, the uppermost first
     */
    record Directory(List<Place> merged) implements Found {
      boolean isRoot() {
        return merged.getFirst().path().isEmpty();
      }
    }

    /** A symbolic link. */
    record Link(Place place, FileStat stat) implements Found {}

    /** A regular file, a device, a FIFO or a socket. */
    record Other(Place place, FileStat stat) implements Found {
      boolean isRegular() {
        return stat.type() == FileCalls.S_IFREG;
      }
    }
  }

  /**
   * Opens them.
   *
   * @param layers the layers' directories, the uppermost first
   */
  static LayerView open(List<Path> layers) throws IOException {
    LayerView view = new LayerView();
    try {
      for (Path layer : layers) {
        view.roots.add(new Place(FileCalls.openDirectory(layer), ""));
      }
      return view;
    } catch (IOException missing) {
      view.close();
      throw missing;
    }
  }

  /** Which of the layers a place is in; 0 is the uppermost. */
  int layerOf(Place place) {
    return roots.stream().map(Place::layer).toList().indexOf(place.layer());
  }

  /**
   * What the image has under a path, or null; links on the way and at its end are followed.
   *
   * @param path as text
   * @throws Failure INVALID behind a loop of links
   */
  @Nullable Found find(String path) throws IOException {
    String bytes = new String(path.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    Deque<String> ahead = new ArrayDeque<>(List.of(bytes.split("/")));
    Deque<List<Place>> behind = new ArrayDeque<>(List.of(roots));
    int links = 0;
    while (!ahead.isEmpty()) {
      String name = ahead.pop();
      if (name.equals("..") && behind.size() > 1) {
        behind.pop();
      }
      if (name.isEmpty() || name.equals(".") || name.equals("..")) {
        continue;
      }
      Found found = lookUp(behind.element(), name);
      switch (found) {
        case null -> {
          return null;
        }
        case Found.Directory directory -> behind.push(directory.merged());
        case Found.Other other -> {
          return ahead.isEmpty() ? other : null;
        }
        case Found.Link link -> {
          if (++links > MAX_LINKS) {
            throw Failure.invalid("image: its %s is behind a loop of links".formatted(path));
          }
          follow(link.place(), ahead, behind);
        }
      }
    }
    return new Found.Directory(behind.element());
  }

  private static void follow(Place link, Deque<String> ahead, Deque<List<Place>> behind)
      throws IOException {
    String target =
        new String(FileCalls.readLink(link.layer(), link.bytes()), StandardCharsets.ISO_8859_1);
    while (target.startsWith("/") && behind.size() > 1) {
      behind.pop();
    }
    List.of(target.split("/")).reversed().forEach(ahead::push);
  }

  /** The names that one of a directory's parts has; a whiteout may hide one from the image. */
  SequencedSet<String> names(Found.Directory directory) throws IOException {
    SequencedSet<String> names = new TreeSet<>();
    for (Place part : directory.merged()) {
      try (Fd open = FileCalls.openDirectoryBeneath(part.layer(), part.bytes())) {
        FileCalls.names(open)
            .forEach(name -> names.add(new String(name, StandardCharsets.ISO_8859_1)));
      }
    }
    return names;
  }

  /** What a directory has under a name, or null; a link is not followed. */
  @Nullable Found lookUp(Found.Directory directory, String name) throws IOException {
    return lookUp(directory.merged(), name);
  }

  private static @Nullable Found lookUp(List<Place> directories, String name) throws IOException {
    List<Place> merged = new ArrayList<>();
    for (Place directory : directories) {
      Place place = directory.child(name);
      FileStat stat = FileCalls.stat(place.layer(), place.bytes());
      if (stat == null) {
        continue;
      }
      if (stat.isDirectory()) {
        merged.add(place);
        if (isOpaque(place)) {
          break;
        }
        continue;
      }
      if (!merged.isEmpty() || isWhiteout(stat)) {
        break;
      }
      return stat.type() == FileCalls.S_IFLNK
          ? new Found.Link(place, stat)
          : new Found.Other(place, stat);
    }
    return merged.isEmpty() ? null : new Found.Directory(List.copyOf(merged));
  }

  /** As the kernel's filesystems/overlayfs.rst has it. */
  private static boolean isWhiteout(FileStat stat) {
    return stat.type() == FileCalls.S_IFCHR && stat.deviceMajor() == 0 && stat.deviceMinor() == 0;
  }

  private static boolean isOpaque(Place directory) throws IOException {
    byte[] value = Xattrs.get(directory.layer(), directory.bytes(), OPAQUE);
    return value != null && value.length == 1 && value[0] == 'y';
  }

  private static byte[] raw(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() {
    roots.forEach(root -> root.layer().close());
  }
}
