package dev.carafe.e2e.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * A container image made on the spot from the machine's own static busybox, as an OCI archive of
 * one layer. The same busybox gives the same digests.
 */
@SuppressWarnings("InlineFormatString") // JSON reads better whole.
public final class BusyboxImage {
  private static final List<Path> PROGRAMS =
      List.of(Path.of("/bin/busybox"), Path.of("/usr/bin/busybox"));
  private static final String INDEX =
      """
      {"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",\
      "digest":"%s","size":%d,"annotations":{"org.opencontainers.image.ref.name":"%s"}}]}\
      """;
  private static final String MANIFEST =
      """
      {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
      "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%d},\
      "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"%s","size":%d}]}\
      """;
  private static final String CONFIG =
      """
      {"created":"1970-01-01T00:00:00Z","architecture":"%s","os":"linux",\
      "config":{"Env":["PATH=/bin"],"Cmd":["sh"],"Volumes":{%s}},\
      "rootfs":{"type":"layers","diff_ids":["%s"]}}\
      """;

  private BusyboxImage() {}

  /**
   * Writes the archive.
   *
   * @param name the full reference that it carries
   * @param volumes paths that it declares as volumes
   * @throws IOException also when the machine has no busybox
   */
  public static void write(Path archive, String name, String... volumes)
      throws IOException, InterruptedException {
    byte[] layer = layer(program());
    String architecture = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
    String declared =
        Arrays.stream(volumes).map("\"%s\":{}"::formatted).collect(Collectors.joining(","));
    byte[] config = CONFIG.formatted(architecture, declared, digest(layer)).getBytes(UTF_8);
    byte[] manifest =
        MANIFEST
            .formatted(digest(config), config.length, digest(layer), layer.length)
            .getBytes(UTF_8);
    byte[] index = INDEX.formatted(digest(manifest), manifest.length, name).getBytes(UTF_8);
    try (OutputStream out = Files.newOutputStream(archive);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      file(tar, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(UTF_8), 0644);
      file(tar, "index.json", index, 0644);
      for (byte[] blob : List.of(manifest, config, layer)) {
        file(tar, "blobs/sha256/" + digest(blob).substring("sha256:".length()), blob, 0644);
      }
    }
  }

  private static Path program() throws IOException {
    return PROGRAMS.stream()
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () -> new IOException("no busybox in /bin; install Debian's package busybox-static"));
  }

  private static byte[] layer(Path busybox) throws IOException, InterruptedException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (String directory : List.of("bin", "dev", "etc", "proc", "root", "sys", "tmp")) {
        TarArchiveEntry entry = new TarArchiveEntry(directory + "/");
        put(tar, entry, directory.equals("tmp") ? 01777 : 0755);
        tar.closeArchiveEntry();
      }
      file(tar, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n".getBytes(UTF_8), 0644);
      file(tar, "etc/group", "root:x:0:\n".getBytes(UTF_8), 0644);
      file(tar, "bin/busybox", Files.readAllBytes(busybox), 0755);
      for (String applet : applets(busybox)) {
        TarArchiveEntry link = new TarArchiveEntry("bin/" + applet, TarConstants.LF_SYMLINK);
        link.setLinkName("busybox");
        put(tar, link, 0777);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static List<String> applets(Path busybox) throws IOException, InterruptedException {
    Process list = new ProcessBuilder(busybox.toString(), "--list").start();
    String names = new String(list.getInputStream().readAllBytes(), UTF_8);
    if (list.waitFor() != 0) {
      throw new IOException(busybox + " --list exited with " + list.exitValue());
    }
    return names.lines().filter(name -> !name.equals("busybox")).sorted().toList();
  }

  private static void file(TarArchiveOutputStream tar, String name, byte[] content, int mode)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(content.length);
    put(tar, entry, mode);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private static void put(TarArchiveOutputStream tar, TarArchiveEntry entry, int mode)
      throws IOException {
    entry.setMode(mode);
    entry.setModTime(0);
    entry.setIds(0, 0);
    tar.putArchiveEntry(entry);
  }

  private static String digest(byte[] content) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
      return "sha256:" + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
  }
}
