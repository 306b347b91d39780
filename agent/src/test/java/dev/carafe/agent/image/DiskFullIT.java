package dev.carafe.agent.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.image.TestLayer.Compression;
import dev.carafe.agent.image.layer.LayerLimits;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.store.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store on a file system of 8 MiB. Needs root, to mount it. */
class DiskFullIT {
  private static final int DISK = 8 << 20;

  @TempDir private Path temporary;
  private Path disk;

  @BeforeEach
  void mount() throws Exception {
    disk = Files.createDirectory(temporary.resolve("disk"));
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=" + DISK + ",nr_inodes=200", "carafe", disk + "")
            == 0,
        "SKIP small disk: no tmpfs can be mounted here");
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", disk.toString());
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  private ImageService service(long reserve) {
    ImageSettings settings =
        ImageSettings.of(disk.resolve("images"), () -> temporary.resolve("certs.d"));
    LayerLimits limits = LayerLimits.DEFAULT;
    return ImageService.open(
        new ImageSettings(
            settings.directory(),
            settings.hostsDirectory(),
            new LayerLimits(
                limits.maxEntries(),
                limits.maxBytes(),
                limits.maxPathBytes(),
                limits.maxDepth(),
                reserve),
            settings.progressTimeout(),
            settings.verifier(),
            settings.pinned()),
        id -> false);
  }

  private static TestLayer noise(String name, int bytes) {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    return TestLayer.builder()
        .entry(name, (byte) '0', "", content, entry -> entry.setMode(0644))
        .build(Compression.NONE);
  }

  private Path archive(TestLayer... layers) throws IOException {
    return TestImage.of("", layers).writeLayout(temporary.resolve("a.tar"), "a.b/large:1");
  }

  private List<String> left() throws IOException {
    try (Stream<Path> all = Files.walk(disk.resolve("images"), 2)) {
      return all.filter(path -> path.getNameCount() > disk.getNameCount() + 2)
          .map(path -> disk.relativize(path).toString())
          .toList();
    }
  }

  @Test
  void aWriteThatFailsIsToldAsAFullDiskAndLeavesNothing() throws Exception {
    Path archive = archive(noise("a", 3 << 20), noise("b", 3 << 20), noise("c", 3 << 20));
    try (ImageService service = service(0)) {
      assertThatThrownBy(() -> service.importArchive(archive, null))
          .isInstanceOf(ImageException.DiskFull.class)
          .hasMessageContaining(archive.toString())
          .hasMessageContaining(disk.toString())
          .hasMessageContaining("remove images or enlarge the image file system");
      assertThat(service.list(null)).isEmpty();
      // Not even layers that were finished in time: they would fill the disk for nobody.
      assertThat(left()).isEmpty();

      Path small = archive(noise("a", 1 << 20));
      Image image = service.importArchive(small, null).getFirst();
      assertThat(service.find("a.b/large:1")).isEqualTo(image);
    }
  }

  @Test
  void aReserveIsKept() throws Exception {
    Path archive = archive(noise("a", 5 << 20));
    try (ImageService service = service(4 << 20)) {
      assertThatThrownBy(() -> service.importArchive(archive, null))
          .isInstanceOf(ImageException.DiskFull.class)
          .hasMessageContaining("4194304 must stay free");
      assertThat(left()).isEmpty();
    }
  }

  @Test
  void filesThatAreTooManyAreAFullDiskToo() throws Exception {
    TestLayer.Builder many = TestLayer.builder();
    for (int i = 0; i < 300; i++) {
      many.file("f" + i, "");
    }
    Path archive = archive(many.build(Compression.GZIP));
    try (ImageService service = service(0)) {
      assertThatThrownBy(() -> service.importArchive(archive, null))
          .isInstanceOf(ImageException.DiskFull.class);
      assertThat(left()).isEmpty();
    }
  }

  /** A layer of 1 MiB that is 1 GiB when it is unpacked. */
  @Test
  void aBombDoesNotFillTheDisk() throws Exception {
    TestLayer bomb = Bomb.layer(1L << 30);
    assertThat(bomb.blob().length).isLessThan(2 << 20);
    Path archive = archive(bomb);
    try (ImageService service = service(1 << 20)) {
      assertThatThrownBy(() -> service.importArchive(archive, null))
          .isInstanceOf(ImageException.DiskFull.class)
          .hasMessageContaining(Long.toString(1L << 30));
      assertThat(left()).isEmpty();
    }
  }
}
