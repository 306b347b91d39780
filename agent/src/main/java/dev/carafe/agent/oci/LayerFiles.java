package dev.carafe.agent.oci;

import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.oci.LayerView.Found;
import dev.carafe.agent.oci.LayerView.Place;
import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds files of an image in its unpacked layers, and reads small ones, without mounting it. What
 * the layers hold is hostile ({@link LayerView}).
 */
final class LayerFiles {
  /** Largest file that is read, in bytes. */
  static final int MAX_BYTES = 1 << 20;

  private static final int READ_BYTES = 1 << 12;

  private final List<Path> layers;

  /**
   * @param layers the layers' directories, the uppermost first
   */
  LayerFiles(List<Path> layers) {
    this.layers = List.copyOf(layers);
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
    try (LayerView view = LayerView.open(layers)) {
      return switch (view.find(path)) {
        case null -> null;
        case Found.Directory directory ->
            new Located.Directory(
                directory.merged().stream().map(place -> host(place, view)).toList());
        case Found.Other file when file.isRegular() -> new Located.File(host(file.place(), view));
        default ->
            throw Failure.invalid("image: its %s is no file and no directory".formatted(path));
      };
    } catch (IOException e) {
      throw Failure.internal("cannot find %s in the image's layers".formatted(path), e);
    }
  }

  private Path host(Place place, LayerView view) {
    Path layer = layers.get(view.layerOf(place));
    String name = new String(place.bytes(), StandardCharsets.UTF_8);
    return name.isEmpty() ? layer : layer.resolve(name);
  }

  /**
   * The content of a file as UTF-8, or null when the image has none of this name.
   *
   * @param path absolute path inside the image
   * @throws Failure INVALID when it is larger than {@link #MAX_BYTES}, no regular file, or behind a
   *     loop of links
   */
  @Nullable String read(String path) {
    try (LayerView view = LayerView.open(layers)) {
      return switch (view.find(path)) {
        case null -> null;
        case Found.Other file when file.isRegular() -> content(path, file.place());
        default -> throw Failure.invalid("image: its %s is no regular file".formatted(path));
      };
    } catch (IOException e) {
      throw Failure.internal("cannot read %s of the image's layers".formatted(path), e);
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
}
