package dev.carafe.agent.image.layer;

import dev.carafe.runtime.linux.Errno;
import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCallException;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.linux.FileStat;
import dev.carafe.runtime.linux.Xattrs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes files of entries, and overlay's marks of whiteouts (OCI image specification, layer.md
 * "Whiteouts"). Not thread-safe.
 */
final class EntryWriter {
  private static final String WHITEOUT = ".wh.";
  private static final String AUFS = ".wh..wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final byte[] DOT = {'.'};
  private static final int BLOCK = 4096;

  private final LayerTree tree;
  private final DirectoryTimes times;
  private final SpaceGuard space;
  private final LayerLimits limits;
  private final byte[] chunk = new byte[1 << 16];
  private final ByteBuffer direct = ByteBuffer.allocateDirect(chunk.length);
  private long bytes = BLOCK;
  private long inodes = 1;

  EntryWriter(LayerTree tree, DirectoryTimes times, SpaceGuard space, LayerLimits limits) {
    this.tree = tree;
    this.times = times;
    this.space = space;
    this.limits = limits;
  }

  /** What was written so far. */
  UnpackedLayer result() {
    return new UnpackedLayer(bytes, inodes, tree.leans());
  }

  /** A file's bytes. */
  @FunctionalInterface
  interface Content {
    /** As {@link java.io.InputStream#read(byte[], int, int)}. */
    int read(byte[] buffer, int offset, int length) throws IOException;
  }

  /**
   * Writes one entry with its content.
   *
   * @return where in the layer the content now is; null where there is no file of it
   */
  @Nullable EntryPath write(TarEntry entry, Content content)
      throws IOException, InterruptedException {
    try {
      EntryPath path = EntryPath.parse(entry.name(), limits);
      if (path.isRoot()) {
        writeRoot(entry);
      } else if (path.base().startsWith(WHITEOUT)) {
        writeWhiteout(tree.directory(path.parent()), path.base());
      } else {
        LayerTree.Directory parent = tree.directory(path.parent());
        EntryPath real = parent.path().child(path.base());
        writeNamed(entry, parent, path.base(), content);
        return real;
      }
      return null;
    } catch (TarFormatException e) {
      throw new TarFormatException(
          "entry %s: %s".formatted(Raw.show(entry.name()), e.getMessage()));
    } catch (FileCallException e) {
      throw new IOException("entry %s: %s".formatted(Raw.show(entry.name()), e.getMessage()), e);
    }
  }

  private void writeRoot(TarEntry entry) throws IOException {
    if (entry.type() != TarEntry.Type.DIRECTORY) {
      throw new TarFormatException("the root must be a directory");
    }
    setAttributes(entry, tree.root(), DOT);
    times.remember(EntryPath.ROOT, entry.mtimeSeconds(), entry.mtimeNanos());
  }

  private void writeWhiteout(LayerTree.Directory parent, String base) throws IOException {
    if (base.equals(OPAQUE)) {
      Overlay.makeOpaque(parent.fd(), DOT);
      return;
    }
    if (base.startsWith(AUFS)) {
      return;
    }
    String hidden = base.substring(WHITEOUT.length());
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
      throw new TarFormatException("whiteout names nothing");
    }
    byte[] name = Raw.bytes(hidden);
    FileStat existing = FileCalls.stat(parent.fd(), name);
    if (existing == null) {
      Overlay.makeWhiteout(parent.fd(), name);
      inodes++;
    } else if (existing.isDirectory()) {
      // A whiteout speaks of lower layers only: this layer's own directory stays, theirs goes.
      Overlay.makeOpaque(parent.fd(), name);
    }
  }

  private void writeNamed(TarEntry entry, LayerTree.Directory parent, String base, Content content)
      throws IOException, InterruptedException {
    byte[] name = Raw.bytes(base);
    FileStat existing = FileCalls.stat(parent.fd(), name);
    switch (entry.type()) {
      case DIRECTORY -> writeDirectory(entry, parent, base, existing);
      case HARD_LINK -> writeHardLink(entry, parent, base);
      case FILE -> {
        clear(parent.fd(), name, existing);
        writeFile(entry, parent.fd(), name, content);
      }
      case SYMLINK -> {
        clear(parent.fd(), name, existing);
        writeSymlink(entry, parent.fd(), name);
      }
      case CHAR_DEVICE, BLOCK_DEVICE, FIFO -> {
        clear(parent.fd(), name, existing);
        writeNode(entry, parent.fd(), name);
      }
    }
    inodes++;
  }

  private void clear(Fd parent, byte[] name, @Nullable FileStat existing) throws IOException {
    if (existing != null) {
      tree.remove(parent, name, existing);
    }
  }

  private void writeDirectory(
      TarEntry entry, LayerTree.Directory parent, String base, @Nullable FileStat existing)
      throws IOException {
    byte[] name = Raw.bytes(base);
    boolean overWhiteout = existing != null && Overlay.isWhiteout(existing);
    if (existing == null || !existing.isDirectory()) {
      clear(parent.fd(), name, existing);
      FileCalls.makeDirectory(parent.fd(), name, 0700);
      bytes += BLOCK;
    }
    setAttributes(entry, parent.fd(), name);
    if (overWhiteout) {
      Overlay.makeOpaque(parent.fd(), name);
    }
    times.remember(parent.path().child(base), entry.mtimeSeconds(), entry.mtimeNanos());
  }

  private void writeFile(TarEntry entry, Fd parent, byte[] name, Content content)
      throws IOException {
    space.claim(entry.size());
    try (Fd file = FileCalls.createFile(parent, name, 0600)) {
      for (int n = content.read(chunk, 0, chunk.length);
          n >= 0;
          n = content.read(chunk, 0, chunk.length)) {
        direct.clear().put(chunk, 0, n).flip();
        FileCalls.write(file, direct);
      }
    }
    bytes += (entry.size() + BLOCK - 1) / BLOCK * BLOCK;
    setAttributes(entry, parent, name);
    FileCalls.changeTime(parent, name, entry.mtimeSeconds(), entry.mtimeNanos());
  }

  private void writeHardLink(TarEntry entry, LayerTree.Directory to, String base)
      throws IOException, InterruptedException {
    EntryPath target = EntryPath.parse(entry.linkName(), limits);
    if (target.isRoot()) {
      throw new TarFormatException("hard link to the root");
    }
    EntryPath link = to.path().child(base);
    LayerTree.Directory from = tree.directory(target.parent());
    if (from.path().child(target.base()).equals(link)) {
      throw new TarFormatException("hard link to itself");
    }
    if (!tree.own(from, target.base())) {
      throw new TarFormatException("hard link to %s, which no layer has".formatted(target));
    }
    try (Fd old = FileCalls.openDirectoryBeneath(tree.root(), from.path().bytes());
        Fd parent = FileCalls.openDirectoryBeneath(tree.root(), to.path().bytes())) {
      byte[] oldName = Raw.bytes(target.base());
      FileStat linked = FileCalls.stat(old, oldName);
      if (linked == null || linked.isDirectory()) {
        throw new TarFormatException("hard link to %s, which is a directory".formatted(target));
      }
      byte[] name = Raw.bytes(base);
      clear(parent, name, FileCalls.stat(parent, name));
      FileCalls.makeLink(old, oldName, parent, name);
    }
  }

  private void writeSymlink(TarEntry entry, Fd parent, byte[] name) throws IOException {
    String target = entry.linkName();
    if (target.isEmpty() || target.indexOf('\0') >= 0 || target.length() > limits.maxPathBytes()) {
      throw new TarFormatException(
          "symbolic link's target must be 1 to %d bytes".formatted(limits.maxPathBytes()));
    }
    FileCalls.makeSymlink(Raw.bytes(target), parent, name);
    FileCalls.changeOwner(parent, name, entry.uid(), entry.gid());
    setXattrs(entry.xattrs(), parent, name);
    FileCalls.changeTime(parent, name, entry.mtimeSeconds(), entry.mtimeNanos());
  }

  private void writeNode(TarEntry entry, Fd parent, byte[] name) throws IOException {
    int type =
        switch (entry.type()) {
          case CHAR_DEVICE -> FileCalls.S_IFCHR;
          case BLOCK_DEVICE -> FileCalls.S_IFBLK;
          default -> FileCalls.S_IFIFO;
        };
    FileCalls.makeNode(parent, name, type | 0600, entry.deviceMajor(), entry.deviceMinor());
    setAttributes(entry, parent, name);
    FileCalls.changeTime(parent, name, entry.mtimeSeconds(), entry.mtimeNanos());
  }

  /** Owner first: the kernel clears setuid and capabilities when it changes. */
  private static void setAttributes(TarEntry entry, Fd parent, byte[] name) throws IOException {
    FileCalls.changeOwner(parent, name, entry.uid(), entry.gid());
    FileCalls.changeMode(parent, name, entry.mode());
    setXattrs(entry.xattrs(), parent, name);
  }

  private static void setXattrs(Map<String, String> xattrs, Fd parent, byte[] name)
      throws IOException {
    for (Map.Entry<String, String> xattr : xattrs.entrySet()) {
      if (Overlay.isMark(xattr.getKey()) || xattr.getKey().indexOf('\0') >= 0) {
        continue;
      }
      try {
        Xattrs.set(parent, name, Raw.bytes(xattr.getKey()), Raw.bytes(xattr.getValue()));
      } catch (FileCallException e) {
        // The file system has no such attributes; neither would any other runtime here.
        if (e.error() != Errno.EOPNOTSUPP) {
          throw e;
        }
      }
    }
  }
}
