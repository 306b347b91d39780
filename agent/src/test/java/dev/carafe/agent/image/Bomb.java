package dev.carafe.agent.image;

import dev.carafe.agent.image.spec.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** A small layer that unpacks to a file of many zeros. */
final class Bomb {
  private Bomb() {}

  /** With a file of so many bytes. */
  static TestLayer layer(long bytes) throws IOException {
    ByteArrayOutputStream blob = new ByteArrayOutputStream();
    MessageDigest hash = Digest.newSha256();
    try (OutputStream gzip = new GZIPOutputStream(blob);
        OutputStream hashed = new DigestOutputStream(gzip, hash);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(hashed)) {
      TarArchiveEntry entry = new TarArchiveEntry("zeros", true);
      entry.setSize(bytes);
      tar.putArchiveEntry(entry);
      byte[] zeros = new byte[1 << 16];
      for (long left = bytes; left > 0; left -= Math.min(left, zeros.length)) {
        tar.write(zeros, 0, (int) Math.min(left, zeros.length));
      }
      tar.closeArchiveEntry();
    }
    return new TestLayer(blob.toByteArray(), Digest.of("sha256", hash.digest()));
  }
}
