package dev.carafe.runtime.rdt;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.runtime.rdt.RdtException.Kind;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One JSON file a container, {@code ID.json}, in a directory. Thread-safe for different containers.
 */
public final class DirectoryOwnershipStore implements OwnershipStore {
  private static final String SUFFIX = ".json";

  private final ObjectMapper json = new ObjectMapper();
  private final Path dir;
  private final DurableWriter writer;

  /** Replaces a file so that a power loss leaves the old content or the new. */
  @FunctionalInterface
  public interface DurableWriter {
    /** Replaces the file, whose directory exists. */
    void write(Path file, byte[] content) throws IOException;
  }

  /**
   * A store.
   *
   * @param dir exists; nobody else writes there
   * @param writer {@code DurableFile::write}
   */
  public DirectoryOwnershipStore(Path dir, DurableWriter writer) {
    this.dir = Objects.requireNonNull(dir, "dir");
    this.writer = Objects.requireNonNull(writer, "writer");
  }

  @Override
  public @Nullable Ownership find(String containerId) {
    return read(file(containerId));
  }

  @Override
  public void put(Ownership record) {
    Path file = file(record.containerId());
    try {
      writer.write(file, json.writeValueAsBytes(record));
    } catch (IOException e) {
      throw failed("write", file, e);
    }
  }

  @Override
  public void remove(String containerId) {
    Path file = file(containerId);
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw failed("remove", file, e);
    }
  }

  @Override
  public List<Ownership> all() {
    List<Ownership> records = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir, "[!.]*" + SUFFIX)) {
      for (Path file : files) {
        Ownership record = read(file);
        if (record != null) {
          records.add(record);
        }
      }
    } catch (IOException e) {
      throw failed("list", dir, e);
    }
    return records;
  }

  private @Nullable Ownership read(Path file) {
    try {
      return json.readValue(Files.readAllBytes(file), Ownership.class);
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw failed("read", file, e);
    }
  }

  private Path file(String containerId) {
    Path file = dir.resolve(containerId + SUFFIX);
    if (!dir.equals(file.getParent()) || containerId.startsWith(".")) {
      throw new RdtException(Kind.INVALID, "'" + containerId + "' is not a container id");
    }
    return file;
  }

  private static RdtException failed(String what, Path file, IOException cause) {
    return new RdtException(
        Kind.KERNEL, "cannot " + what + " the RDT record " + file + ": " + cause, cause);
  }
}
