package dev.carafe.agent.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.image.TestLayer;
import dev.carafe.agent.image.TestLayer.Compression;
import dev.carafe.agent.image.spec.Descriptor;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.linux.FileStat;
import dev.carafe.runtime.linux.Xattrs;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers, friendly and hostile, onto a real file system. Needs root: owners, devices, marks. */
class LayerUnpackerIT {
  @TempDir private Path temporary;
  private Path target;

  @BeforeEach
  void makeTarget() throws IOException {
    target = Files.createDirectory(temporary.resolve("target"));
  }

  private UnpackedLayer unpack(TestLayer layer, LayerLimits limits, Path... lowersTopDown)
      throws InterruptedException {
    return new LayerUnpacker(limits)
        .unpack(
            new ByteArrayInputStream(layer.blob()),
            layer.descriptor(),
            layer.diffId(),
            place(),
            () -> List.of(lowersTopDown));
  }

  private LayerUnpacker.Target place() {
    return new LayerUnpacker.Target(
        target, temporary.resolve("scratch"), temporary.resolve("recording"));
  }

  private UnpackedLayer unpack(TestLayer.Builder layer, Path... lowersTopDown)
      throws InterruptedException {
    return unpack(layer.build(Compression.NONE), LayerLimits.DEFAULT, lowersTopDown);
  }

  private Path lower(TestLayer.Builder layer) throws Exception {
    Path upper = target;
    target = Files.createTempDirectory(temporary, "lower");
    unpack(layer);
    Path lower = target;
    target = upper;
    return lower;
  }

  private static FileStat stat(Path path) throws IOException {
    try (Fd parent = FileCalls.openDirectory(path.resolveSibling("."))) {
      FileStat stat = FileCalls.stat(parent, name(path));
      assertThat(stat).as("%s exists", path).isNotNull();
      return stat;
    }
  }

  private static byte[] name(Path path) {
    return path.getFileName().toString().getBytes(StandardCharsets.UTF_8);
  }

  private static byte @Nullable [] xattr(Path path, String name) throws IOException {
    try (Fd parent = FileCalls.openDirectory(path.resolveSibling("."))) {
      return Xattrs.get(parent, name(path), name.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static boolean isWhiteout(Path path) throws IOException {
    return Overlay.isWhiteout(stat(path));
  }

  private static boolean isOpaque(Path directory) throws IOException {
    byte[] value = xattr(directory, "trusted.overlay.opaque");
    return value != null && new String(value, StandardCharsets.UTF_8).equals("y");
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void eachCompressionIsFoundByItsMagic(Compression compression) throws Exception {
    TestLayer layer = TestLayer.builder().file("a", "content").build(compression);
    unpack(layer, LayerLimits.DEFAULT);
    assertThat(target.resolve("a")).hasContent("content");
  }

  @Test
  void ownersModesTimesAndAttributesAreKept() throws Exception {
    unpack(
        TestLayer.builder()
            .directory("d", 01777)
            .file(
                "d/su",
                "x",
                e -> {
                  e.setMode(04755);
                  e.setIds(12345, 54321);
                  e.addPaxHeader("mtime", "1500000000.25");
                  e.addPaxHeader("SCHILY.xattr.user.binary", "a\nb=c\u0001");
                })
            .symlink("d/link", "../../../etc/passwd")
            .hardLink("hard", "d/su")
            .device("null", 1, 3));

    FileStat su = stat(target.resolve("d/su"));
    assertThat(su.mode() & 07777).isEqualTo(04755);
    assertThat(su.uid()).isEqualTo(12345);
    assertThat(su.gid()).isEqualTo(54321);
    assertThat(su.mtimeSeconds()).isEqualTo(1_500_000_000L);
    assertThat(su.mtimeNanos()).isEqualTo(250_000_000);
    assertThat(xattr(target.resolve("d/su"), "user.binary"))
        .isEqualTo("a\nb=c\u0001".getBytes(StandardCharsets.UTF_8));
    FileStat directory = stat(target.resolve("d"));
    assertThat(directory.mode() & 07777).isEqualTo(01777);
    assertThat(directory.mtimeSeconds()).isEqualTo(1_600_000_000L);
    assertThat(Files.readSymbolicLink(target.resolve("d/link")))
        .isEqualTo(Path.of("../../../etc/passwd"));
    assertThat(Files.getAttribute(target.resolve("hard"), "unix:ino"))
        .isEqualTo(Files.getAttribute(target.resolve("d/su"), "unix:ino"));
    FileStat device = stat(target.resolve("null"));
    assertThat(device.type()).isEqualTo(FileCalls.S_IFCHR);
    assertThat(List.of(device.deviceMajor(), device.deviceMinor())).containsExactly(1, 3);
  }

  @Test
  void namesThatAreNoUtf8AreKept() throws Exception {
    byte[] tar = TestLayer.builder().file("AAAA", "x").tar();
    // 0xff is in no UTF-8 string; the header's sum changes by 4 * (0xff - 'A').
    long sum = Long.parseLong(new String(tar, 148, 6, StandardCharsets.US_ASCII).strip(), 8);
    java.util.Arrays.fill(tar, 0, 4, (byte) 0xff);
    byte[] digits = "%06o".formatted(sum + 4 * (0xff - 'A')).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(digits, 0, tar, 148, 6);

    unpack(TestLayer.of(tar, Compression.NONE), LayerLimits.DEFAULT);

    try (Fd root = FileCalls.openDirectory(target)) {
      byte[] name = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff};
      assertThat(FileCalls.stat(root, name)).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"../escaped", "a/../../escaped", "/../escaped", "a/.."})
  void dotDotInANameIsRefused(String name) {
    assertThatThrownBy(() -> unpack(TestLayer.builder().directory("a", 0755).file(name, "x")))
        .isInstanceOf(ImageException.CorruptLayer.class)
        .hasMessageContaining(name)
        .hasMessageContaining("..");
    assertThat(temporary.resolve("escaped")).doesNotExist();
  }

  @Test
  void absoluteNamesLieBelowTheRoot() throws Exception {
    unpack(TestLayer.builder().file("/etc/absolute", "x"));
    assertThat(target.resolve("etc/absolute")).hasContent("x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"OUTSIDE", "../../../../../../..OUTSIDE", "up/../../../..OUTSIDE"})
  void linksOnTheWayNeverLeadOutside(String pattern) throws Exception {
    Path outside = Files.createDirectory(temporary.resolve("outside"));
    String link = pattern.replace("OUTSIDE", outside.toString());
    unpack(TestLayer.builder().directory("up", 0755).symlink("out", link).file("out/file", "x"));

    assertThat(outside).isEmptyDirectory();
    assertThat(target.resolve(outside.toString().substring(1)).resolve("file")).hasContent("x");
  }

  @Test
  void fileOverALinkReplacesTheLink() throws Exception {
    Path outside = Files.writeString(temporary.resolve("outside"), "untouched");
    unpack(TestLayer.builder().symlink("f", outside.toString()).file("f", "mine"));

    assertThat(outside).hasContent("untouched");
    assertThat(Files.isSymbolicLink(target.resolve("f"))).isFalse();
    assertThat(target.resolve("f")).hasContent("mine");
  }

  @Test
  void hardLinkThroughALinkStaysInside() throws Exception {
    Path outside = Files.createDirectory(temporary.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "secret");
    assertThatThrownBy(() ->
            unpack(
                TestLayer.builder()
                    .symlink("out", outside.toString())
                    .hardLink("stolen", "out/secret")))
        .isInstanceOf(ImageException.CorruptLayer.class)
        .hasMessageContaining("stolen")
        .hasMessageContaining("no layer has");
    assertThat(target.resolve("stolen")).doesNotExist();
  }

  @Test
  void hardLinkToALinkDoesNotFollowIt() throws Exception {
    Path outside = Files.writeString(temporary.resolve("secret"), "secret");
    unpack(TestLayer.builder().symlink("l", outside.toString()).hardLink("h", "l"));
    assertThat(Files.readSymbolicLink(target.resolve("h"))).isEqualTo(outside);
  }

  @Test
  void loopOfLinksIsRefused() {
    assertThatThrownBy(
            () -> unpack(TestLayer.builder().symlink("a", "b").symlink("b", "a").file("a/f", "")))
        .isInstanceOf(ImageException.CorruptLayer.class)
        .hasMessageContaining("40 symbolic links");
  }

  @Test
  void fileAsAParentIsRefused() {
    assertThatThrownBy(() -> unpack(TestLayer.builder().file("a", "").file("a/b", "")))
        .isInstanceOf(ImageException.CorruptLayer.class)
        .hasMessageContaining("/a is no directory");
  }

  @Test
  void overlaysOwnAttributesAreDropped() throws Exception {
    unpack(
        TestLayer.builder()
            .file(
                "f",
                "x",
                e -> {
                  e.addPaxHeader("SCHILY.xattr.trusted.overlay.redirect", "/elsewhere");
                  e.addPaxHeader("SCHILY.xattr.trusted.kept", "yes");
                }));
    assertThat(xattr(target.resolve("f"), "trusted.overlay.redirect")).isNull();
    assertThat(xattr(target.resolve("f"), "trusted.kept")).asString().isEqualTo("yes");
  }

  @Test
  void whiteoutsBecomeOverlaysMarks() throws Exception {
    UnpackedLayer layer =
        unpack(
            TestLayer.builder()
                .directory("d", 0755)
                .file("d/.wh.gone", "")
                .file("d/.wh..wh.plnk", "")
                .directory("o", 0755)
                .file("o/.wh..wh..opq", "")
                .file("o/new", ""));

    assertThat(isWhiteout(target.resolve("d/gone"))).isTrue();
    assertThat(target.resolve("d/.wh..wh.plnk")).doesNotExist();
    assertThat(isOpaque(target.resolve("o"))).isTrue();
    assertThat(isOpaque(target.resolve("d"))).isFalse();
    assertThat(layer.leans()).isFalse();
  }

  @Test
  void whiteoutAndDirectoryOfOneNameMakeItOpaqueInEitherOrder() throws Exception {
    unpack(
        TestLayer.builder()
            .file(".wh.first", "")
            .directory("first", 0755)
            .file("first/f", "")
            .directory("second", 0755)
            .file("second/f", "")
            .file(".wh.second", ""));

    for (String name : List.of("first", "second")) {
      assertThat(isOpaque(target.resolve(name))).as(name).isTrue();
      assertThat(target.resolve(name).resolve("f")).exists();
    }
  }

  @Test
  void undeclaredParentComesFromTheLayersBelow() throws Exception {
    Path base =
        lower(
            TestLayer.builder()
                .directory("tmp", 01777)
                .directory("usr", 0755)
                .directory("usr/bin", 0711)
                .symlink("bin", "usr/bin"));
    UnpackedLayer layer =
        unpack(TestLayer.builder().file("bin/tool", "x").file("tmp/f", "y"), base);

    assertThat(layer.leans()).isTrue();
    assertThat(target.resolve("usr/bin/tool")).hasContent("x");
    assertThat(Files.exists(target.resolve("bin"), LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertThat(stat(target.resolve("usr/bin")).mode() & 07777).isEqualTo(0711);
    assertThat(stat(target.resolve("usr/bin")).mtimeSeconds()).isEqualTo(1_600_000_000L);
    assertThat(stat(target.resolve("tmp")).mode() & 07777).isEqualTo(01777);
  }

  @Test
  void declaredParentsNeedNoLayerBelow() throws Exception {
    Path base = lower(TestLayer.builder().directory("a", 0700));
    assertThat(unpack(TestLayer.builder().directory("a", 0755).file("a/f", ""), base).leans())
        .isFalse();
  }

  @Test
  void hardLinkIntoALowerLayerCopiesTheFileUp() throws Exception {
    Path base =
        lower(
            TestLayer.builder()
                .directory("d", 0755)
                .file(
                    "d/f",
                    "below",
                    e -> {
                      e.setMode(02755);
                      e.setIds(7, 8);
                      e.addPaxHeader("SCHILY.xattr.user.k", "v");
                    }));
    unpack(TestLayer.builder().directory("d", 0755).hardLink("d/g", "d/f"), base);

    assertThat(target.resolve("d/g")).hasContent("below");
    FileStat copy = stat(target.resolve("d/g"));
    assertThat(copy.mode() & 07777).isEqualTo(02755);
    assertThat(List.of(copy.uid(), copy.gid())).containsExactly(7, 8);
    assertThat(xattr(target.resolve("d/g"), "user.k")).asString().isEqualTo("v");
    assertThat(Files.getAttribute(target.resolve("d/g"), "unix:ino"))
        .isEqualTo(Files.getAttribute(target.resolve("d/f"), "unix:ino"));
  }

  @Test
  void whatAnUpperLayerHidesIsNotFoundBelowIt() throws Exception {
    Path bottom = lower(TestLayer.builder().directory("d", 0700).file("d/f", "x"));
    Path middle = lower(TestLayer.builder().file(".wh.d", ""));
    assertThatThrownBy(() -> unpack(TestLayer.builder().hardLink("g", "d/f"), middle, bottom))
        .isInstanceOf(ImageException.CorruptLayer.class)
        .hasMessageContaining("no layer has");
  }

  @Test
  void directoryReplacedByAFileTakesItsContentAlong() throws Exception {
    unpack(TestLayer.builder().directory("a", 0755).file("a/b", "").file("a", "now a file"));
    assertThat(target.resolve("a")).hasContent("now a file");
  }

  @Test
  void wrongBlobIsSaidToBeWrongAndNotMalformed() {
    TestLayer layer = TestLayer.builder().file("a", "b").build(Compression.GZIP);
    byte[] damaged = layer.blob();
    damaged[damaged.length / 2] ^= 0x55;
    assertThatThrownBy(() ->
            new LayerUnpacker(LayerLimits.DEFAULT)
                .unpack(
                    new ByteArrayInputStream(damaged),
                    layer.descriptor(),
                    layer.diffId(),
                    place(),
                    LowerLayers.NONE))
        .isInstanceOf(ImageException.DigestMismatch.class)
        .hasMessageContaining(layer.descriptor().digest().toString());
  }

  @Test
  void wrongDiffIdIsRefused() {
    TestLayer layer = TestLayer.builder().file("a", "b").build(Compression.GZIP);
    TestLayer lying = new TestLayer(layer.blob(), Digest.of(new byte[0]));
    assertThatThrownBy(() -> unpack(lying, LayerLimits.DEFAULT))
        .isInstanceOf(ImageException.DigestMismatch.class)
        .hasMessageContaining(layer.diffId().toString());
  }

  @Test
  void bombOfZerosIsRefusedAtTheLimit() throws Exception {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    long size = 1L << 30;
    try (OutputStream gzip = new GZIPOutputStream(bomb);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(gzip)) {
      TarArchiveEntry entry = new TarArchiveEntry("zeros");
      entry.setSize(size);
      tar.putArchiveEntry(entry);
      byte[] zeros = new byte[1 << 20];
      for (long i = 0; i < size; i += zeros.length) {
        tar.write(zeros);
      }
      tar.closeArchiveEntry();
    }
    assertThat(bomb.size()).isLessThan(2 << 20);
    LayerLimits limits = new LayerLimits(10, 16 << 20, 100, 10, 0);

    assertThatThrownBy(
            () -> unpack(new TestLayer(bomb.toByteArray(), Digest.of(new byte[0])), limits))
        .isInstanceOf(ImageException.CorruptLayer.class)
        .hasMessageContaining("16777216 bytes");
    assertThat(Files.size(target.resolve("zeros"))).isLessThanOrEqualTo(17 << 20);
  }

  @Test
  void fullDiskIsSeenBeforeItIsFull() {
    TestLayer layer = TestLayer.builder().file("a", "b").build(Compression.NONE);
    assertThatThrownBy(
            () -> unpack(layer, new LayerLimits(10, 1 << 20, 100, 10, Long.MAX_VALUE / 2)))
        .isInstanceOf(ImageException.DiskFull.class)
        .hasMessageContaining("remove images");
  }

  @Test
  void entriesPathsAndDepthAreLimited() {
    LayerLimits limits = new LayerLimits(3, 1 << 20, 20, 3, 0);
    Map<TestLayer.Builder, String> hostile =
        Map.of(
            TestLayer.builder().file("1", "").file("2", "").file("3", "").file("4", ""),
            "more than 3 entries",
            TestLayer.builder().file("a".repeat(21), ""),
            "21 bytes long",
            TestLayer.builder().file("a/b/c/d", ""),
            "4 components");
    hostile.forEach((layer, message) ->
        assertThatThrownBy(() -> unpack(layer.build(Compression.NONE), limits))
            .isInstanceOf(ImageException.CorruptLayer.class)
            .hasMessageContaining(message));
  }

  @Test
  void millionEntriesNeedLittleMemory() throws Exception {
    int count = 1_000_000;
    long before = usedHeap();
    InputStream endless = new RepeatedEntries(count);
    Descriptor descriptor =
        new Descriptor("", Digest.of(new byte[0]), Long.MAX_VALUE, null, Map.of());

    // The digest can't be right: the point is how far it comes, and on how much heap.
    assertThatThrownBy(() ->
            new LayerUnpacker(new LayerLimits(count, Long.MAX_VALUE, 100, 10, 0))
                .unpack(endless, descriptor, null, place(), LowerLayers.NONE))
        .isInstanceOf(ImageException.DigestMismatch.class);

    assertThat(usedHeap() - before).isLessThan(16L << 20);
    assertThat(target.resolve("d")).isDirectory();
  }

  /** Minutes of disk: the short form is the test above, which makes one directory over and over. */
  @Test
  void aMillionFilesAreUnpacked() throws Exception {
    Assumptions.assumeTrue(Boolean.getBoolean("carafe.long"), "SKIP long: run `make test-long`");
    int count = 1_000_000;
    Descriptor descriptor =
        new Descriptor("", Digest.of(new byte[0]), Long.MAX_VALUE, null, Map.of());
    // The digest can't be right: the archive is made while it is read.
    assertThatThrownBy(() ->
            new LayerUnpacker(LayerLimits.DEFAULT)
                .unpack(new NumberedFiles(count), descriptor, null, place(), LowerLayers.NONE))
        .isInstanceOf(ImageException.DigestMismatch.class);
    for (String directory : List.of("d0", "d999")) {
      assertThat(target.resolve(directory).toFile().list()).hasSize(1000);
    }
  }

  private static long usedHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** Empty files, a thousand in each directory. */
  private static final class NumberedFiles extends InputStream {
    private final byte[] header = new byte[512];
    private final int count;
    private int next;
    private int at = header.length;

    NumberedFiles(int count) {
      this.count = count;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      if (at == header.length) {
        if (next == count) {
          return -1;
        }
        new TarArchiveEntry("d%d/f%d".formatted(next / 1000, next)).writeEntryHeader(header);
        next++;
        at = 0;
      }
      int copied = Math.min(length, header.length - at);
      System.arraycopy(header, at, buffer, offset, copied);
      at += copied;
      return copied;
    }
  }

  /** The same directory, declared over and over. */
  private static final class RepeatedEntries extends InputStream {
    private final byte[] header =
        java.util.Arrays.copyOf(TestLayer.builder().directory("d", 0755).tar(), 512);
    private final long total;
    private long position;

    RepeatedEntries(int count) {
      total = 512L * count;
    }

    @Override
    public int read() {
      return position == total ? -1 : header[(int) (position++ % 512)] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      if (position == total) {
        return -1;
      }
      int start = (int) (position % 512);
      int count = Math.min(length, 512 - start);
      System.arraycopy(header, start, buffer, offset, count);
      position += count;
      return count;
    }
  }
}
