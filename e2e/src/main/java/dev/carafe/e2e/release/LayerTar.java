package dev.carafe.e2e.release;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** A directory as a compressed layer: owned by root, without times, in name order. */
final class LayerTar {
  private LayerTar() {}

  /** Writes it; returns the digest of the tar before its compression. */
  static String write(Path directory, Path file) throws IOException {
    MessageDigest sha = ImageArchive.sha256();
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file), 1 << 16);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(new DigestOutputStream(out, sha))) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      List<Path> all;
      try (Stream<Path> walk = Files.walk(directory)) {
        all = walk.filter(path -> !path.equals(directory)).sorted().toList();
      }
      for (Path path : all) {
        add(tar, path, directory.relativize(path).toString());
      }
    }
    return "sha256:" + HexFormat.of().formatHex(sha.digest());
  }

  private static void add(TarArchiveOutputStream tar, Path path, String name) throws IOException {
    if (Files.isSymbolicLink(path)) {
      TarArchiveEntry link = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
      link.setLinkName(Files.readSymbolicLink(path).toString());
      put(tar, link, 0777);
    } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      put(tar, new TarArchiveEntry(name + "/"), mode(path));
    } else {
      TarArchiveEntry entry = new TarArchiveEntry(name);
      entry.setSize(Files.size(path));
      put(tar, entry, mode(path));
      Files.copy(path, tar);
    }
    tar.closeArchiveEntry();
  }

  static void put(TarArchiveOutputStream tar, TarArchiveEntry entry, int mode) throws IOException {
    entry.setMode(mode);
    entry.setModTime(0);
    entry.setIds(0, 0);
    entry.setNames("", "");
    tar.putArchiveEntry(entry);
  }

  private static int mode(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:mode") & 07777;
  }
}
