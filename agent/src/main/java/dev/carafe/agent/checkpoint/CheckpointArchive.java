package dev.carafe.agent.checkpoint;

import dev.carafe.agent.container.CheckpointFiles;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.image.layer.TarEntry;
import dev.carafe.agent.image.layer.TarReader;
import dev.carafe.runtime.state.DurableFile;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The checkpoint of one container as one tar file, as podman and CRI-O lay it out. */
final class CheckpointArchive {
  private static final Pattern KNOWN =
      Pattern.compile(
          "(checkpoint/[^/]+|config\\.dump|spec\\.dump|rootfs-diff\\.tar|deleted\\.files)");

  /** What tools look for beside criu's images. */
  private static final List<String> REPORTS = List.of("dump.log", "stats-dump");

  private CheckpointArchive() {}

  /**
   * Writes it, whole or not at all, mode 0600.
   *
   * @throws Failure of kind EXISTS when the file is there
   */
  static void write(CheckpointFiles from, Path location) throws IOException {
    Path folder = Objects.requireNonNull(location.getParent(), "a file lies in a folder");
    Path unfinished = folder.resolve("." + location.getFileName() + ".unfinished");
    Files.deleteIfExists(unfinished);
    try {
      Files.createFile(
          unfinished,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try (OutputStream out =
              new BufferedOutputStream(
                  Files.newOutputStream(
                      unfinished, StandardOpenOption.WRITE, StandardOpenOption.DSYNC));
          TarWriter tar = new TarWriter(out)) {
        addAll(from, tar);
      }
      // A link, for a move would replace what came there meanwhile.
      Files.createLink(location, unfinished);
      DurableFile.syncDirectory(folder);
    } catch (FileAlreadyExistsException there) {
      throw Failure.exists("location: %s exists; expected a new file".formatted(location));
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static void addAll(CheckpointFiles from, TarWriter tar) throws IOException {
    for (String report : REPORTS) {
      add(tar, report, from.images().resolve(report));
    }
    for (Path file :
        List.of(from.configDump(), from.specDump(), from.rootfsDiff(), from.deletedFiles())) {
      add(tar, String.valueOf(file.getFileName()), file);
    }
    TarEntry folder =
        new TarEntry(
            "checkpoint/", TarEntry.Type.DIRECTORY, 0, 0700, 0, 0, 0, 0, "", 0, 0, Map.of());
    tar.write(folder, InputStream.nullInputStream());
    List<Path> images = new ArrayList<>();
    try (Stream<Path> files = Files.list(from.images())) {
      files.sorted().forEach(images::add);
    }
    for (Path image : images) {
      add(tar, "checkpoint/" + image.getFileName(), image);
    }
  }

  private static void add(TarWriter tar, String name, Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return;
    }
    long seconds = Files.getLastModifiedTime(file).toMillis() / 1000;
    TarEntry entry =
        new TarEntry(
            name, TarEntry.Type.FILE, Files.size(file), 0600, 0, 0, seconds, 0, "", 0, 0, Map.of());
    try (InputStream content = Files.newInputStream(file)) {
      tar.write(entry, content);
    }
  }

  /**
   * Takes apart what {@link #write} or another runtime wrote; what is unknown is left out.
   *
   * @param into an empty directory
   * @throws IOException when it is no archive
   */
  static CheckpointFiles extract(Path archive, Path into) throws IOException {
    CheckpointFiles files = new CheckpointFiles(into);
    Files.createDirectories(files.images());
    try (InputStream in = new BufferedInputStream(Files.newInputStream(archive))) {
      TarReader tar = new TarReader(in);
      byte[] chunk = new byte[1 << 16];
      for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
        String name = entry.name().startsWith("./") ? entry.name().substring(2) : entry.name();
        if (entry.type() == TarEntry.Type.FILE && KNOWN.matcher(name).matches()) {
          try (OutputStream out = Files.newOutputStream(into.resolve(name))) {
            for (int n = tar.read(chunk, 0, chunk.length);
                n >= 0;
                n = tar.read(chunk, 0, chunk.length)) {
              out.write(chunk, 0, n);
            }
          }
        }
      }
    }
    return files;
  }
}
