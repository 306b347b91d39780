package dev.carafe.runtime.checkpoint;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * What stdin, stdout and stderr of a container's init were, as links of /proc/PID/fd: kept beside
 * the images in descriptors.json, as runc does. A pipe among them is replaced at the restore.
 */
public final class Descriptors {
  private static final String FILE = "descriptors.json";
  private static final int COUNT = 3;

  private Descriptors() {}

  /** Writes those of a process, mode 0600. */
  public static void save(int pid, Path images) throws IOException {
    List<String> links = new ArrayList<>();
    for (int fd = 0; fd < COUNT; fd++) {
      Path link = Path.of("/proc", Integer.toString(pid), "fd", Integer.toString(fd));
      try {
        links.add(Files.readSymbolicLink(link).toString());
      } catch (NoSuchFileException closed) {
        links.add("");
      }
    }
    Path file = images.resolve(FILE);
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(file, new JsonMapper().writeValueAsBytes(links));
  }

  /**
   * Reads them.
   *
   * @throws CriuException when the images have none, or not three
   */
  public static List<String> load(Path images) throws IOException, CriuException {
    Path file = images.resolve(FILE);
    try {
      String[] links = new JsonMapper().readValue(file.toFile(), String[].class);
      if (links.length != COUNT) {
        throw new CriuException(
            "%s names %d descriptors; expected %d".formatted(file, links.length, COUNT));
      }
      return List.of(links);
    } catch (java.io.FileNotFoundException missing) {
      throw new CriuException(
          "%s is missing; expected a checkpoint of a container there".formatted(file), missing);
    }
  }
}
