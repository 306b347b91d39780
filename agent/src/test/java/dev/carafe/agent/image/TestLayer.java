package dev.carafe.agent.image;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.carafe.agent.image.spec.Descriptor;
import dev.carafe.agent.image.spec.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** A layer blob made by commons-compress, a writer that knows nothing of our reader. */
@SuppressWarnings("ArrayRecordComponent")
public record TestLayer(byte[] blob, Digest diffId) {
  /** How a blob is compressed. */
  public enum Compression {
    NONE,
    GZIP,
    ZSTD
  }

  /** Fills a tar. */
  public static final class Builder {
    private static final long MTIME_MILLIS = 1_600_000_000_000L;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8");

    Builder() {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    }

    public Builder directory(String name, int mode) {
      return entry(name + "/", TarConstants.LF_DIR, "", new byte[0], e -> e.setMode(mode));
    }

    public Builder file(String name, String content) {
      return file(name, content, e -> e.setMode(0644));
    }

    public Builder file(String name, String content, Consumer<TarArchiveEntry> change) {
      return entry(
          name, TarConstants.LF_NORMAL, "", content.getBytes(StandardCharsets.UTF_8), change);
    }

    public Builder symlink(String name, String target) {
      return entry(name, TarConstants.LF_SYMLINK, target, new byte[0], e -> e.setMode(0777));
    }

    public Builder hardLink(String name, String target) {
      return entry(name, TarConstants.LF_LINK, target, new byte[0], e -> e.setMode(0644));
    }

    public Builder device(String name, int major, int minor) {
      return entry(
          name,
          TarConstants.LF_CHR,
          "",
          new byte[0],
          e -> {
            e.setMode(0600);
            e.setDevMajor(major);
            e.setDevMinor(minor);
          });
    }

    public Builder entry(
        String name, byte type, String link, byte[] content, Consumer<TarArchiveEntry> change) {
      try {
        TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
        entry.setModTime(MTIME_MILLIS);
        entry.setIds(0, 0);
        entry.setLinkName(link);
        entry.setSize(content.length);
        change.accept(entry);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
        return this;
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    public byte[] tar() {
      try {
        tar.close();
        return bytes.toByteArray();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    public TestLayer build(Compression compression) {
      return of(tar(), compression);
    }
  }

  public static Builder builder() {
    return new Builder();
  }

  public static TestLayer of(byte[] tar, Compression compression) {
    return new TestLayer(compress(tar, compression), Digest.of(tar));
  }

  static byte[] compress(byte[] tar, Compression compression) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out =
        switch (compression) {
          case NONE -> bytes;
          case GZIP -> new GZIPOutputStream(bytes);
          case ZSTD -> new ZstdOutputStreamNoFinalizer(bytes);
        }) {
      out.write(tar);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }

  @Override
  public byte[] blob() {
    return blob.clone();
  }

  public Descriptor descriptor() {
    return new Descriptor("", Digest.of(blob), blob.length, null, Map.of());
  }
}
