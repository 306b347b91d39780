package dev.carafe.agent.oci;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.linux.FileStat;
import dev.carafe.runtime.linux.Xattrs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads small files of an image out of its unpacked layers, as an overlay of them would show them,
 * without mounting it. What the layers hold is hostile: links are followed inside the image only.
 * The layers themselves do not change, for nothing but the unpacker can write to them.
 */
final class LayerFiles {
  /** Largest file that is read, in bytes. */
  static final int MAX_BYTES = 1 << 20;

  private static final int READ_BYTES = 1 << 12;

  /** As many links as the kernel follows (path_resolution(7)). */
  private static final int MAX_LINKS = 40;

  private static final byte[] OPAQUE = raw("trusted.overlay.opaque");

  private final List<Path> layers;

  /**
   * @param layers the layers' directories, the uppermost first
   */
  LayerFiles(List<Path> layers) {
    this.layers = List.copyOf(layers);
  }

  /**
   * A name in one layer.
   *
   * @param layer the layer's directory
   * @param path its path from there, a character a byte; links are only in the last name
   */
  private record Place(Fd layer, String path) {
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
  private sealed interface Found {
    record Directory(List<Place> merged) implements Found {}

    record Link(Place place) implements Found {}

    record Other(Place place, boolean regular) implements Found {}
  }

  /** Where the layers have what the image shows under a name. */
  sealed interface Located {
    /**
     * A directory.
     *
     * @param merged its parts, the uppermost first
     */
    record Directory(List<Path> merged) implements Located {
      public Directory {
        merged = List.copyOf(merged);
      }
    }

    /** A regular file. */
    record File(Path path) implements Located {}
  }

  /**
   * Where something of the image is on the host, or null when the image has nothing of this name.
   *
   * @param path inside the image
   * @throws Failure INVALID for what is neither a directory nor a regular file, or behind a loop of
   *     links
   */
  @Nullable Located locate(String path) {
    List<Fd> open = new ArrayList<>();
    try {
      List<Place> roots = openLayers(open);
      return switch (find(path, roots)) {
        case null -> null;
        case Found.Directory directory ->
            new Located.Directory(
                directory.merged().stream().map(place -> host(place, roots)).toList());
        case Found.Other file when file.regular() -> new Located.File(host(file.place(), roots));
        default ->
            throw Failure.invalid("image: its %s is no file and no directory".formatted(path));
      };
    } catch (IOException e) {
      throw Failure.internal("cannot find %s in the image's layers".formatted(path), e);
    } finally {
      open.forEach(Fd::close);
    }
  }

  private Path host(Place place, List<Place> roots) {
    List<Fd> fds = roots.stream().map(Place::layer).toList();
    Path layer = layers.get(fds.indexOf(place.layer()));
    String name = new String(place.bytes(), StandardCharsets.UTF_8);
    return name.isEmpty() ? layer : layer.resolve(name);
  }

  private List<Place> openLayers(List<Fd> open) throws IOException {
    for (Path layer : layers) {
      open.add(FileCalls.openDirectory(layer));
    }
    return open.stream().map(layer -> new Place(layer, "")).toList();
  }

  /**
   * The content of a file as UTF-8, or null when the image has none of this name.
   *
   * @param path absolute path inside the image
   * @throws Failure INVALID when it is larger than {@link #MAX_BYTES}, no regular file, or behind a
   *     loop of links
   */
  @Nullable String read(String path) {
    List<Fd> open = new ArrayList<>();
    try {
      Found found = find(path, openLayers(open));
      return switch (found) {
        case null -> null;
        case Found.Other file when file.regular() -> content(path, file.place());
        default -> throw Failure.invalid("image: its %s is no regular file".formatted(path));
      };
    } catch (IOException e) {
      throw Failure.internal("cannot read %s of the image's layers".formatted(path), e);
    } finally {
      open.forEach(Fd::close);
    }
  }

  private static String content(String path, Place place) throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
    byte[] chunk = new byte[READ_BYTES];
    try (Fd file = FileCalls.openFileBeneath(place.layer(), place.bytes())) {
      while (FileCalls.read(file, buffer.clear()) > 0) {
        int length = buffer.flip().remaining();
        buffer.get(chunk, 0, length);
        content.write(chunk, 0, length);
        if (content.size() > MAX_BYTES) {
          throw Failure.invalid(
              "image: its %s is larger than the %d bytes that are read".formatted(path, MAX_BYTES));
        }
      }
    }
    return content.toString(StandardCharsets.UTF_8);
  }

  private static @Nullable Found find(String path, List<Place> root) throws IOException {
    Deque<String> ahead = new ArrayDeque<>(List.of(path.split("/")));
    Deque<List<Place>> behind = new ArrayDeque<>(List.of(root));
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
          ? new Found.Link(place)
          : new Found.Other(place, stat.type() == FileCalls.S_IFREG);
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
}
