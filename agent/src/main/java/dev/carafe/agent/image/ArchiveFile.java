package dev.carafe.agent.image;

import dev.carafe.agent.image.layer.TarEntry;
import dev.carafe.agent.image.layer.TarReader;
import dev.carafe.agent.image.spec.ImageException;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A plain tar file whose members can be read in any order. Immutable, thread-safe. */
final class ArchiveFile implements ArchiveContent {
  private static final int MAX_MEMBERS = 100_000;
  private static final int MAX_LINKS = 8;

  private sealed interface Member {
    record Region(long offset, long size) implements Member {}

    record Link(String target) implements Member {}
  }

  private final Path file;
  private final Map<String, Member> members;

  private ArchiveFile(Path file, Map<String, Member> members) {
    this.file = file;
    this.members = Map.copyOf(members);
  }

  /** Reads the table of contents. */
  static ArchiveFile open(Path file) throws IOException {
    Map<String, Member> members = new HashMap<>();
    try (CountingStream in =
        new CountingStream(new BufferedInputStream(Files.newInputStream(file)))) {
      TarReader tar = new TarReader(in);
      for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
        Member member =
            switch (entry.type()) {
              case FILE -> new Member.Region(in.count, entry.size());
              case SYMLINK ->
                  new Member.Link(normal(directoryOf(entry.name()) + "/" + entry.linkName()));
              case HARD_LINK -> new Member.Link(normal(entry.linkName()));
              default -> null;
            };
        if (member != null) {
          members.put(normal(entry.name()), member);
        }
        if (members.size() > MAX_MEMBERS) {
          throw new ImageException.InvalidImage(
              "archive %s has more than %d files".formatted(file, MAX_MEMBERS), null);
        }
      }
    }
    return new ArchiveFile(file, members);
  }

  @Override
  public boolean has(String name) {
    return members.containsKey(name);
  }

  @Override
  public long size(String name) {
    return region(name).size();
  }

  @Override
  public InputStream open(String name) throws IOException {
    Member.Region region = region(name);
    InputStream in = Files.newInputStream(file);
    try {
      in.skipNBytes(region.offset());
    } catch (IOException e) {
      in.close();
      throw e;
    }
    return new LimitedStream(in, region.size());
  }

  private Member.Region region(String name) {
    String at = name;
    for (int i = 0; i < MAX_LINKS; i++) {
      @Nullable Member member = members.get(at);
      switch (member) {
        case Member.Region region -> {
          return region;
        }
        case Member.Link(String target) -> at = target;
        case null ->
            throw new ImageException.InvalidImage(
                "archive %s lacks %s".formatted(file, name), null);
      }
    }
    throw new ImageException.InvalidImage(
        "%s in archive %s is a link that leads nowhere".formatted(name, file), null);
  }

  @Override
  public String toString() {
    return "archive " + file;
  }

  private static String directoryOf(String name) {
    int slash = name.lastIndexOf('/');
    return slash < 0 ? "" : name.substring(0, slash);
  }

  private static String normal(String name) {
    return Path.of("/").resolve(name.replace('\0', '?')).normalize().toString().substring(1);
  }

  private static final class CountingStream extends FilterInputStream {
    private long count;

    CountingStream(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      count += b < 0 ? 0 : 1;
      return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = in.read(buffer, offset, length);
      count += Math.max(n, 0);
      return n;
    }

    @Override
    public long skip(long bytes) throws IOException {
      long n = in.skip(bytes);
      count += n;
      return n;
    }
  }

  private static final class LimitedStream extends FilterInputStream {
    private long left;

    LimitedStream(InputStream in, long size) {
      super(in);
      this.left = size;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int n = in.read(buffer, offset, (int) Math.min(length, left));
      left -= Math.max(n, 0);
      return n;
    }
  }
}
