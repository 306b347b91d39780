package dev.carafe.agent.oci;

import dev.carafe.agent.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads small files of an image out of its unpacked layers, as an overlay of them would show them,
 * without mounting it. What the layers hold is hostile: links are followed inside the image only.
 * The layers themselves do not change, for nothing but the unpacker can write to them.
 */
final class LayerFiles {
  /** Largest file that is read, in bytes. */
  static final int MAX_BYTES = 1 << 20;

  /** As many links as the kernel follows (path_resolution(7)). */
  private static final int MAX_LINKS = 40;

  private static final int TYPE = 0xF000;
  private static final int CHARACTER = 0x2000;
  private static final int DIRECTORY = 0x4000;
  private static final int REGULAR = 0x8000;
  private static final int LINK = 0xA000;

  private final List<Path> layers;
  private final OpaqueTest opaque;

  /**
   * @param layers the layers' directories, the uppermost first
   * @param opaque how to know a directory that hides what lies below it
   */
  LayerFiles(List<Path> layers, OpaqueTest opaque) {
    this.layers = List.copyOf(layers);
    this.opaque = opaque;
  }

  /** Tells whether a directory of a layer hides the directories of that name below it. */
  @FunctionalInterface
  interface OpaqueTest {
    boolean isOpaque(Path directory) throws IOException;
  }

  /** A name in the overlay: one file of a layer, or directories that are merged. */
  private sealed interface Found {
    record Directory(List<Path> merged) implements Found {}

    record Link(Path path) implements Found {}

    record File(Path path, boolean regular) implements Found {}
  }

  /**
   * The content of a file as UTF-8, or null when the image has none of this name.
   *
   * @param path absolute path inside the image
   * @throws Failure INVALID when it is larger than {@link #MAX_BYTES}, no regular file, or behind a
   *     loop of links
   */
  @Nullable String read(String path) {
    try {
      Found found = find(path);
      if (found == null) {
        return null;
      }
      if (!(found instanceof Found.File file) || !file.regular()) {
        throw Failure.invalid("image: its %s is no regular file".formatted(path));
      }
      try (InputStream in = Files.newInputStream(file.path(), LinkOption.NOFOLLOW_LINKS)) {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
          throw Failure.invalid(
              "image: its %s is larger than the %d bytes that are read".formatted(path, MAX_BYTES));
        }
        return new String(bytes, StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      throw Failure.internal("cannot read %s of the image's layers".formatted(path), e);
    }
  }

  private @Nullable Found find(String path) throws IOException {
    Deque<String> ahead = new ArrayDeque<>(List.of(path.split("/")));
    Deque<List<Path>> behind = new ArrayDeque<>(List.of(layers));
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
        case Found.File file -> {
          return ahead.isEmpty() ? file : null;
        }
        case Found.Link link -> {
          if (++links > MAX_LINKS) {
            throw Failure.invalid("image: its %s is behind a loop of links".formatted(path));
          }
          follow(link, ahead, behind);
        }
      }
    }
    return new Found.Directory(behind.element());
  }

  private static void follow(Found.Link link, Deque<String> ahead, Deque<List<Path>> behind)
      throws IOException {
    String target = Files.readSymbolicLink(link.path()).toString();
    if (target.startsWith("/")) {
      while (behind.size() > 1) {
        behind.pop();
      }
    }
    List.of(target.split("/")).reversed().forEach(ahead::push);
  }

  private @Nullable Found lookUp(List<Path> directories, String name) throws IOException {
    List<Path> merged = new ArrayList<>();
    for (Path directory : directories) {
      Path path = directory.resolve(name);
      Map<String, Object> attributes = attributes(path);
      if (attributes == null) {
        continue;
      }
      int type = (Integer) attributes.get("mode") & TYPE;
      if (type == DIRECTORY) {
        merged.add(path);
        if (opaque.isOpaque(path)) {
          break;
        }
        continue;
      }
      if (!merged.isEmpty() || isWhiteout(type, attributes)) {
        break;
      }
      return type == LINK ? new Found.Link(path) : new Found.File(path, type == REGULAR);
    }
    return merged.isEmpty() ? null : new Found.Directory(List.copyOf(merged));
  }

  private static boolean isWhiteout(int type, Map<String, Object> attributes) {
    return type == CHARACTER && (Long) attributes.get("rdev") == 0;
  }

  private static @Nullable Map<String, Object> attributes(Path path) throws IOException {
    try {
      return Files.readAttributes(path, "unix:mode,rdev", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException absent) {
      return null;
    }
  }
}
