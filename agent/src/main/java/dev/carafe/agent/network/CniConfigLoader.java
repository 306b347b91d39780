package dev.carafe.agent.network;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads CNI configurations, and reads them again when a file of the directory was added, removed,
 * replaced or written. Thread-safe.
 */
final class CniConfigLoader {
  private volatile @Nullable Loaded last;

  /** A file as the directory shows it. A change of its mode alone is none. */
  private record Stamp(Path file, FileTime modified, long size, @Nullable Object key) {}

  private record Loaded(List<Stamp> stamps, CniConfig config) {}

  /** What the directory holds now. */
  CniConfig load(Path directory) {
    List<Stamp> stamps;
    try {
      stamps = stamps(directory);
    } catch (NoSuchFileException _) {
      return new CniConfig(directory, null, List.of("the directory does not exist"));
    } catch (IOException e) {
      return new CniConfig(directory, null, List.of("it cannot be read: " + e.getMessage()));
    }
    Loaded known = last;
    if (known != null
        && known.config().directory().equals(directory)
        && known.stamps().equals(stamps)) {
      return known.config();
    }
    CniConfig config = read(directory, stamps);
    last = new Loaded(stamps, config);
    return config;
  }

  private static List<Stamp> stamps(Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream =
        Files.newDirectoryStream(directory, "*.{conf,conflist,json}")) {
      stream.forEach(files::add);
    }
    files.sort(null);
    List<Stamp> stamps = new ArrayList<>();
    for (Path file : files) {
      try {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (!attributes.isDirectory()) {
          stamps.add(
              new Stamp(
                  file, attributes.lastModifiedTime(), attributes.size(), attributes.fileKey()));
        }
      } catch (NoSuchFileException _) {
        // Removed since it was listed, or a link to nothing: as good as absent.
      }
    }
    return stamps;
  }

  private CniConfig read(Path directory, List<Stamp> stamps) {
    List<String> skipped = new ArrayList<>();
    for (Stamp stamp : stamps) {
      String name = String.valueOf(stamp.file().getFileName());
      try {
        JsonPlace root = JsonPlace.parse(Files.readString(stamp.file()));
        return new CniConfig(directory, CniNetwork.parse(root), skipped);
      } catch (JsonPlace.MalformedException e) {
        skipped.add(name + ": " + e.getMessage());
      } catch (JacksonException e) {
        JsonLocation at = e.getLocation();
        String place = at == null ? "" : ":" + at.getLineNr() + ":" + at.getColumnNr();
        skipped.add(name + place + ": not valid JSON: " + e.getOriginalMessage());
      } catch (IOException e) {
        skipped.add(name + ": cannot be read: " + e.getMessage());
      }
    }
    return new CniConfig(directory, null, skipped);
  }
}
