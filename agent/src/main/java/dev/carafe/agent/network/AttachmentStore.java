package dev.carafe.agent.network;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The records on disk, {@code DIR/POD-IFNAME.json}. Thread-safe for different pods; changes to one
 * pod are ordered by its lock.
 *
 * <p>A record is replaced by rename, which a kill -9 can't tear. It is not fsynced, since the pod's
 * own intent is durable before ADD: after a power cut a record that was lost is made up for by DEL
 * with the configuration of that time ({@link Cni#del}), and no start of a pod waits for the disk
 * twice.
 */
final class AttachmentStore {
  private static final String SUFFIX = ".json";
  private static final String UNFINISHED = ".tmp";

  private final Path directory;
  private final ObjectMapper json = new ObjectMapper();

  AttachmentStore(Path directory) {
    this.directory = directory;
  }

  void write(AttachmentRecord record) throws IOException {
    Files.createDirectories(directory);
    Path file = file(record.podId(), record.ifname());
    Path temporary = file.resolveSibling(file.getFileName() + UNFINISHED);
    Files.write(temporary, json.writeValueAsBytes(record));
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** The record of an attachment; null when there is none or a power cut left half of it. */
  @Nullable AttachmentRecord read(String podId, String ifname) throws IOException {
    return read(file(podId, ifname));
  }

  void remove(AttachmentRecord record) throws IOException {
    Files.deleteIfExists(file(record.podId(), record.ifname()));
  }

  /** Removes what a kill -9 in the middle of a write left. Only while nobody writes. */
  void sweep() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + UNFINISHED)) {
      for (Path file : files) {
        Files.delete(file);
      }
    } catch (NoSuchFileException _) {
      // Nothing was ever written.
    }
  }

  List<AttachmentRecord> all() throws IOException {
    List<AttachmentRecord> records = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        AttachmentRecord record = read(file);
        if (record != null) {
          records.add(record);
        }
      }
    } catch (NoSuchFileException _) {
      return List.of();
    }
    return records;
  }

  private @Nullable AttachmentRecord read(Path file) throws IOException {
    try {
      return json.readValue(Files.readAllBytes(file), AttachmentRecord.class);
    } catch (NoSuchFileException | JacksonException _) {
      return null;
    }
  }

  private Path file(String podId, String ifname) {
    return directory.resolve(podId + "-" + ifname + SUFFIX);
  }
}
