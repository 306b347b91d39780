package dev.carafe.e2e.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * An image or artifact for {@link UnrulyRegistry}, made on the spot. Immutable.
 *
 * @param manifest digest of the manifest
 * @param config digest of the configuration: an image's id
 * @param layers digests of the layers, the lowest first
 * @param blobs all content by digest
 */
public record MemoryImage(
    String manifest, String config, List<String> layers, Map<String, UnrulyRegistry.Blob> blobs) {
  private static final String OCI = "application/vnd.oci.image.";

  /** Copies. */
  public MemoryImage {
    layers = List.copyOf(layers);
    blobs = Map.copyOf(blobs);
  }

  /** An image of layers that each have one file, {@code file-N}, of so many random bytes. */
  public static MemoryImage of(long... sizes) throws IOException {
    List<UnrulyRegistry.Blob> layers = new ArrayList<>();
    for (int i = 0; i < sizes.length; i++) {
      layers.add(layer("file-" + i, sizes[i], i + sizes[i]));
    }
    String diffIds =
        layers.stream().map(layer -> "\"" + layer.digest() + "\"").collect(Collectors.joining(","));
    UnrulyRegistry.Blob config =
        blob(
            """
            {"architecture":"amd64","os":"linux","config":{"Cmd":["/none"]},\
            "rootfs":{"type":"layers","diff_ids":[%s]}}\
            """
                .formatted(diffIds)
                .getBytes(UTF_8));
    List<String> descriptors = new ArrayList<>();
    layers.forEach(layer -> descriptors.add(descriptor(layer, OCI + "layer.v1.tar", "")));
    return image(config, OCI + "config.v1+json", "", layers, descriptors);
  }

  /** An artifact of files by name. */
  public static MemoryImage artifact(String type, Map<String, String> files) throws IOException {
    List<UnrulyRegistry.Blob> blobs = new ArrayList<>();
    List<String> descriptors = new ArrayList<>();
    for (Map.Entry<String, String> file : files.entrySet()) {
      UnrulyRegistry.Blob blob = blob(file.getValue().getBytes(UTF_8));
      blobs.add(blob);
      descriptors.add(
          descriptor(
              blob,
              "application/octet-stream",
              ",\"annotations\":{\"org.opencontainers.image.title\":\"" + file.getKey() + "\"}"));
    }
    UnrulyRegistry.Blob config = blob("{}".getBytes(UTF_8));
    String artifactType = "\"artifactType\":\"" + type + "\",";
    return image(config, "application/vnd.oci.empty.v1+json", artifactType, blobs, descriptors);
  }

  private static MemoryImage image(
      UnrulyRegistry.Blob config,
      String configType,
      String artifactType,
      List<UnrulyRegistry.Blob> layers,
      List<String> descriptors)
      throws IOException {
    UnrulyRegistry.Blob manifest =
        blob(
            """
            {"schemaVersion":2,"mediaType":"%smanifest.v1+json",%s"config":%s,"layers":[%s]}\
            """
                .formatted(
                    OCI,
                    artifactType,
                    descriptor(config, configType, ""),
                    String.join(",", descriptors))
                .getBytes(UTF_8));
    Map<String, UnrulyRegistry.Blob> all = new LinkedHashMap<>();
    layers.forEach(layer -> all.put(layer.digest(), layer));
    all.put(config.digest(), config);
    all.put(manifest.digest(), manifest);
    return new MemoryImage(
        manifest.digest(),
        config.digest(),
        layers.stream().map(UnrulyRegistry.Blob::digest).toList(),
        all);
  }

  private static String descriptor(UnrulyRegistry.Blob blob, String type, String more) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d%s}"
        .formatted(type, blob.digest(), blob.size(), more);
  }

  private static UnrulyRegistry.Blob blob(byte[] content) throws IOException {
    return blob(content.length, () -> new ByteArrayInputStream(content));
  }

  private static UnrulyRegistry.Blob blob(long size, UnrulyRegistry.Blob.Source source)
      throws IOException {
    MessageDigest hash = sha256();
    try (InputStream in = new DigestInputStream(source.open(), hash)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return new UnrulyRegistry.Blob(
        "sha256:" + HexFormat.of().formatHex(hash.digest()), size, source);
  }

  /** An uncompressed archive of one file, whose content is made as it is read. */
  private static UnrulyRegistry.Blob layer(String name, long size, long seed) throws IOException {
    byte[] head = new byte[TarConstants.DEFAULT_RCDSIZE];
    TarArchiveEntry entry = new TarArchiveEntry(name, true);
    entry.setSize(size);
    entry.setModTime(0);
    entry.writeEntryHeader(head);
    int padding = (int) (-size & 511) + 1024;
    return blob(
        head.length + size + padding,
        () ->
            new SequenceInputStream(
                new ByteArrayInputStream(head),
                new SequenceInputStream(
                    new RandomBytes(size, seed), new ByteArrayInputStream(new byte[padding]))));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
  }

  /** A block of random bytes, over and over. */
  private static final class RandomBytes extends InputStream {
    private final byte[] block = new byte[1 << 16];
    private long left;
    private int at;

    RandomBytes(long size, long seed) {
      left = size;
      new Random(seed).nextBytes(block);
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      if (left == 0) {
        return -1;
      }
      int count = (int) Math.min(Math.min(length, left), block.length - at);
      System.arraycopy(block, at, buffer, offset, count);
      at = (at + count) % block.length;
      left -= count;
      return count;
    }
  }
}
