package dev.carafe.agent.checkpoint;

import dev.carafe.agent.image.layer.TarEntry;
import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.linux.Xattrs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A container's own layer as an OCI layer: what it wrote, and a whiteout for each thing that it
 * removed (OCI image specification, layer.md). Sockets are left out: they mean nothing without who
 * listens. Not thread-safe.
 */
final class RootfsDiff {
  private static final String OVERLAY = "trusted.overlay.";
  private static final String WHITEOUT = ".wh.";
  private static final int PERMISSIONS = 07777;

  private final Path upper;
  private final TarWriter tar;
  private final List<String> deleted = new ArrayList<>();
  private final Map<Object, String> linked = new HashMap<>();

  private RootfsDiff(Path upper, TarWriter tar) {
    this.upper = upper;
    this.tar = tar;
  }

  /**
   * Writes a layer, in which nothing changes meanwhile.
   *
   * @return what was removed, absolute inside the container
   */
  static List<String> write(Path upper, TarWriter tar) throws IOException {
    RootfsDiff diff = new RootfsDiff(upper, tar);
    diff.directory(upper);
    return List.copyOf(diff.deleted);
  }

  private void directory(Path directory) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entries::add);
    }
    entries.sort(null);
    try (Fd fd = FileCalls.openDirectory(directory)) {
      for (Path entry : entries) {
        entry(fd, entry);
      }
    }
  }

  private void entry(Fd parent, Path path) throws IOException {
    Map<String, Object> facts =
        Files.readAttributes(
            path,
            "unix:mode,uid,gid,size,rdev,nlink,fileKey,lastModifiedTime",
            LinkOption.NOFOLLOW_LINKS);
    int mode = (Integer) fact(facts, "mode");
    long device = (Long) fact(facts, "rdev");
    String name = raw(upper.relativize(path));
    switch (mode & FileCalls.S_IFMT) {
      case FileCalls.S_IFCHR -> {
        if (device == 0) {
          whiteout(path, name);
        } else {
          write(facts, name, TarEntry.Type.CHAR_DEVICE, "", Map.of(), path);
        }
      }
      case FileCalls.S_IFBLK -> write(facts, name, TarEntry.Type.BLOCK_DEVICE, "", Map.of(), path);
      case FileCalls.S_IFIFO -> write(facts, name, TarEntry.Type.FIFO, "", Map.of(), path);
      case FileCalls.S_IFLNK ->
          write(
              facts,
              name,
              TarEntry.Type.SYMLINK,
              raw(Files.readSymbolicLink(path)),
              Map.of(),
              path);
      case FileCalls.S_IFDIR -> {
        Map<String, String> xattrs = xattrs(parent, path);
        write(facts, name + "/", TarEntry.Type.DIRECTORY, "", own(xattrs), path);
        if ("y".equals(xattrs.get(OVERLAY + "opaque"))) {
          empty(name + "/.wh..wh..opq");
        }
        directory(path);
      }
      case FileCalls.S_IFREG -> file(facts, name, parent, path);
      default -> {}
    }
  }

  private void file(Map<String, Object> facts, String name, Fd parent, Path path)
      throws IOException {
    String first = null;
    if ((Integer) fact(facts, "nlink") > 1) {
      first = linked.putIfAbsent(fact(facts, "fileKey"), name);
    }
    if (first == null) {
      write(facts, name, TarEntry.Type.FILE, "", own(xattrs(parent, path)), path);
    } else {
      write(facts, name, TarEntry.Type.HARD_LINK, first, Map.of(), path);
    }
  }

  private void whiteout(Path path, String name) throws IOException {
    deleted.add("/" + upper.relativize(path));
    int slash = name.lastIndexOf('/') + 1;
    empty(name.substring(0, slash) + WHITEOUT + name.substring(slash));
  }

  private void empty(String name) throws IOException {
    TarEntry entry =
        new TarEntry(name, TarEntry.Type.FILE, 0, 0600, 0, 0, 0, 0, "", 0, 0, Map.of());
    tar.write(entry, InputStream.nullInputStream());
  }

  private void write(
      Map<String, Object> facts,
      String name,
      TarEntry.Type type,
      String link,
      Map<String, String> xattrs,
      Path path)
      throws IOException {
    boolean file = type == TarEntry.Type.FILE;
    long device = (Long) fact(facts, "rdev");
    TarEntry entry =
        new TarEntry(
            name,
            type,
            file ? (Long) fact(facts, "size") : 0,
            (Integer) fact(facts, "mode") & PERMISSIONS,
            (Integer) fact(facts, "uid"),
            (Integer) fact(facts, "gid"),
            ((FileTime) fact(facts, "lastModifiedTime")).to(TimeUnit.SECONDS),
            0,
            link,
            (int) ((device >> 8) & 0xfff),
            (int) ((device & 0xff) | ((device >> 12) & 0xfff00)),
            xattrs);
    try (InputStream content =
        file
            ? Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)
            : InputStream.nullInputStream()) {
      tar.write(entry, content);
    }
  }

  private static Map<String, String> xattrs(Fd parent, Path path) throws IOException {
    byte[] name = fileName(path);
    Map<String, String> found = new HashMap<>();
    for (byte[] attribute : Xattrs.list(parent, name)) {
      byte[] value = Xattrs.get(parent, name, attribute);
      if (value != null) {
        found.put(
            new String(attribute, StandardCharsets.ISO_8859_1),
            new String(value, StandardCharsets.ISO_8859_1));
      }
    }
    return found;
  }

  private static Map<String, String> own(Map<String, String> xattrs) {
    Map<String, String> own = new HashMap<>(xattrs);
    own.keySet().removeIf(name -> name.startsWith(OVERLAY));
    return own;
  }

  private static Object fact(Map<String, Object> facts, String name) {
    return Objects.requireNonNull(facts.get(name), name);
  }

  private static byte[] fileName(Path path) {
    return Objects.requireNonNull(path.getFileName(), "an entry has a name")
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String raw(Path path) {
    return new String(
        path.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
