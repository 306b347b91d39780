package dev.carafe.agent.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.Cases;
import dev.carafe.agent.image.TestLayer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;

/** Against commons-compress as the writer. */
class TarReaderTest {
  /** What goes into an archive and must come out. */
  @SuppressWarnings("ArrayRecordComponent")
  record Sample(String name, byte[] content, int mode, int uid, long mtime, String xattr) {}

  private static List<Sample> samples(Random random) {
    return Stream.generate(() -> sample(random)).limit(random.nextInt(6)).toList();
  }

  /** Often at the ends of what a header can hold. */
  private static Sample sample(Random random) {
    byte[] content = new byte[random.nextInt(2001)];
    random.nextBytes(content);
    int uid =
        switch (random.nextInt(4)) {
          case 0 -> Integer.MAX_VALUE - random.nextInt(2);
          case 1 -> 07777777 + random.nextInt(3) - 1;
          default -> random.nextInt(Integer.MAX_VALUE);
        };
    long time =
        switch (random.nextInt(4)) {
          case 0 -> (1L << 33) + random.nextInt(3) - 1;
          case 1 -> -random.nextLong(1L << 34);
          default -> random.nextLong(1L << 40);
        };
    String name = "f" + of(random, "abyz09AZ/é", 300).replaceAll("/+", "/") + "z";
    return new Sample(name, content, random.nextInt(010000), uid, time, ascii(random));
  }

  private static String of(Random random, String alphabet, int max) {
    return random
        .ints(1 + random.nextInt(max), 0, alphabet.length())
        .mapToObj(i -> alphabet.substring(i, i + 1))
        .collect(Collectors.joining());
  }

  private static String ascii(Random random) {
    byte[] bytes = new byte[1 + random.nextInt(50)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) random.nextInt(128);
    }
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  @Test
  void paxArchivesComeOutAsTheyWentIn() {
    Cases.check(
        300,
        random ->
            check(
                samples(random),
                TarArchiveOutputStream.LONGFILE_POSIX,
                TarArchiveOutputStream.BIGNUMBER_POSIX));
  }

  @Test
  void gnuArchivesComeOutAsTheyWentIn() {
    Cases.check(
        300,
        random ->
            check(
                samples(random),
                TarArchiveOutputStream.LONGFILE_GNU,
                TarArchiveOutputStream.BIGNUMBER_STAR));
  }

  private static void check(List<Sample> samples, int longFiles, int bigNumbers)
      throws IOException {
    boolean pax = longFiles == TarArchiveOutputStream.LONGFILE_POSIX;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(bytes, "UTF-8")) {
      out.setLongFileMode(longFiles);
      out.setBigNumberMode(bigNumbers);
      for (Sample sample : samples) {
        TarArchiveEntry entry = new TarArchiveEntry(sample.name());
        entry.setSize(sample.content().length);
        entry.setMode(sample.mode());
        entry.setIds(sample.uid(), sample.uid());
        entry.setModTime(
            java.nio.file.attribute.FileTime.from(
                sample.mtime(), java.util.concurrent.TimeUnit.SECONDS));
        if (pax) {
          entry.addPaxHeader("SCHILY.xattr.user.x", sample.xattr());
        }
        out.putArchiveEntry(entry);
        out.write(sample.content());
        out.closeArchiveEntry();
      }
    }
    TarReader tar = new TarReader(new ByteArrayInputStream(bytes.toByteArray()));
    for (Sample sample : samples) {
      TarEntry entry = tar.next();
      assertThat(entry).isNotNull();
      assertThat(new String(Raw.bytes(entry.name()), StandardCharsets.UTF_8))
          .isEqualTo(sample.name());
      assertThat(entry.mode()).isEqualTo(sample.mode());
      assertThat(entry.uid()).isEqualTo(sample.uid());
      assertThat(entry.mtimeSeconds()).isEqualTo(sample.mtime());
      if (pax) {
        assertThat(entry.xattrs()).containsEntry("user.x", sample.xattr());
      }
      byte[] content = new byte[(int) entry.size()];
      int at = 0;
      for (int n = tar.read(content, 0, content.length);
          n > 0;
          n = tar.read(content, at, content.length - at)) {
        at += n;
      }
      assertThat(content).isEqualTo(sample.content());
    }
    assertThat(tar.next()).isNull();
  }

  @Test
  void damagedArchivesEndOrAreRefused() {
    Cases.check(
        2000,
        random -> checkDamaged(samples(random), random.nextInt(), (byte) random.nextInt(256)));
  }

  private static void checkDamaged(List<Sample> samples, int place, byte value) throws IOException {
    TestLayer.Builder builder = TestLayer.builder();
    samples.forEach(s -> builder.file(s.name(), "content"));
    byte[] tar = builder.tar();
    tar[Math.floorMod(place, tar.length)] = value;
    TarReader reader = new TarReader(new ByteArrayInputStream(tar));
    List<TarEntry> entries = new ArrayList<>();
    try {
      for (TarEntry e = reader.next(); e != null; e = reader.next()) {
        entries.add(e);
      }
    } catch (TarFormatException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
    assertThat(entries).hasSizeLessThanOrEqualTo(samples.size());
  }

  /** A global header, made of a file's entry: the type is in byte 156, the sum in 148 to 153. */
  private static byte[] paxGlobal(String record) {
    byte[] tar = TestLayer.builder().file("global", record).file("f", "x").tar();
    long sum = Long.parseLong(new String(tar, 148, 6, StandardCharsets.US_ASCII).strip(), 8);
    tar[156] = 'g';
    byte[] digits = "%06o".formatted(sum + 'g' - '0').getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(digits, 0, tar, 148, 6);
    return tar;
  }

  @Test
  void globalHeaderHoldsForWhatFollows() throws IOException {
    TarReader tar = new TarReader(new ByteArrayInputStream(paxGlobal("11 uid=777\n")));
    TarEntry entry = tar.next();
    assertThat(entry).isNotNull();
    assertThat(entry.uid()).isEqualTo(777);
  }

  @Test
  void malformedPaxRecordsAreRefused() {
    for (String record :
        List.of(
            "99 a=b\n", "x a=b\n", "5 a\n", "6 a=bc", "99999999999999999999 a=b\n", "6 =bb\n")) {
      assertThatThrownBy(() -> new TarReader(new ByteArrayInputStream(paxGlobal(record))).next())
          .as(record)
          .isInstanceOf(TarFormatException.class)
          .hasMessageContaining("pax header");
    }
  }

  @Test
  void sparseFilesAreRefusedInEitherForm() {
    assertThatThrownBy(() ->
            new TarReader(
                    new ByteArrayInputStream(
                        TestLayer.builder()
                            .file("f", "x", e -> e.addPaxHeader("GNU.sparse.major", "1"))
                            .tar()))
                .next())
        .isInstanceOf(TarFormatException.class)
        .hasMessageContaining("sparse");
    byte[] old = TestLayer.builder().entry("f", (byte) 'S', "", new byte[0], e -> {}).tar();
    assertThatThrownBy(() -> new TarReader(new ByteArrayInputStream(old)).next())
        .isInstanceOf(TarFormatException.class)
        .hasMessageContaining("sparse");
  }

  @Test
  void noiseAndTruncationAreRefused() {
    byte[] noise = "no tar".repeat(200).getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> new TarReader(new ByteArrayInputStream(noise)).next())
        .isInstanceOf(TarFormatException.class);
    byte[] tar = TestLayer.builder().file("f", "x".repeat(5000)).tar();
    assertThatThrownBy(
            () -> {
              TarReader reader = new TarReader(new ByteArrayInputStream(tar, 0, 2000));
              reader.next();
              reader.next();
            })
        .isInstanceOf(TarFormatException.class)
        .hasMessageContaining("ends inside");
  }
}
