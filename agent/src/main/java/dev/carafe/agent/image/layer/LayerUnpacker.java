package dev.carafe.agent.image.layer;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.Descriptor;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Turns a layer's blob into a directory in one pass: digest of the compressed bytes, decompression,
 * digest of the archive, entries, all while the bytes arrive. Immutable, thread-safe.
 */
public final class LayerUnpacker {
  private final LayerLimits limits;

  /** Unpacks within {@code limits}. */
  public LayerUnpacker(LayerLimits limits) {
    this.limits = requireNonNull(limits, "limits is null");
  }

  /**
   * Unpacks into {@code target}, an empty directory. On failure what is in it is worthless.
   *
   * @param blob the layer as it lies in the registry; not closed here
   * @param descriptor what the manifest says of the blob
   * @param diffId what the configuration says of the archive
   * @param scratch a file name beside {@code target} for this method's own use
   * @throws ImageException.DigestMismatch if either digest is another
   * @throws ImageException.CorruptLayer naming the layer and the entry
   * @throws ImageException.DiskFull if the limits' reserve would be touched
   */
  public UnpackedLayer unpack(
      InputStream blob,
      Descriptor descriptor,
      @Nullable Digest diffId,
      Path target,
      Path scratch,
      LowerLayers lowers)
      throws InterruptedException {
    MeasuredStream compressed =
        new MeasuredStream(
            blob,
            descriptor.digest(),
            descriptor.size(),
            limit ->
                new ImageException.DigestMismatch(
                    "layer %s is longer than the %d bytes its manifest says"
                        .formatted(descriptor.digest(), limit)));
    try {
      return unpack(compressed, descriptor, diffId, target, scratch, lowers);
    } catch (TarFormatException | ZipException | EOFException e) {
      // Wrong bytes explain more than the place where they no longer made sense.
      verifyBlob(compressed, descriptor);
      throw corrupt(descriptor, e);
    } catch (IOException e) {
      if (isZstd(e)) {
        verifyBlob(compressed, descriptor);
        throw corrupt(descriptor, e);
      }
      throw ImageException.from("unpacking layer " + descriptor.digest(), e);
    }
  }

  private UnpackedLayer unpack(
      MeasuredStream compressed,
      Descriptor descriptor,
      @Nullable Digest diffId,
      Path target,
      Path scratch,
      LowerLayers lowers)
      throws IOException, InterruptedException {
    try (InputStream plain = Decompression.open(compressed)) {
      MeasuredStream archive =
          new MeasuredStream(
              plain,
              diffId == null ? descriptor.digest() : diffId,
              limits.maxBytes(),
              limit ->
                  new ImageException.CorruptLayer(
                      "layer %s unpacks to more than %d bytes, the limit for one layer"
                          .formatted(descriptor.digest(), limit),
                      null));
      UnpackedLayer layer;
      try (DirectoryTimes times = new DirectoryTimes(scratch);
          LayerTree tree = new LayerTree(target, lowers, times)) {
        EntryWriter writer =
            new EntryWriter(tree, times, new SpaceGuard(target, limits.minFreeBytes()), limits);
        layer = writeAll(new TarReader(archive), writer, descriptor);
        times.apply(tree.root());
      }
      Digest archiveDigest = archive.finish();
      verifyBlob(compressed, descriptor);
      if (diffId != null && !archiveDigest.equals(diffId)) {
        throw new ImageException.DigestMismatch(
            "layer %s unpacks to an archive with digest %s, the image's configuration says %s"
                .formatted(descriptor.digest(), archiveDigest, diffId));
      }
      return layer;
    }
  }

  private UnpackedLayer writeAll(TarReader tar, EntryWriter writer, Descriptor descriptor)
      throws IOException, InterruptedException {
    long entries = 0;
    for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
      if (++entries > limits.maxEntries()) {
        throw new ImageException.CorruptLayer(
            "layer %s has more than %d entries, the limit for one layer"
                .formatted(descriptor.digest(), limits.maxEntries()),
            null);
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      writer.write(entry, tar);
    }
    return writer.result();
  }

  private static void verifyBlob(MeasuredStream compressed, Descriptor descriptor) {
    Digest actual;
    try {
      actual = compressed.finish();
    } catch (IOException e) {
      throw ImageException.from("reading layer " + descriptor.digest(), e);
    }
    if (compressed.count() != descriptor.size() || !actual.equals(descriptor.digest())) {
      throw new ImageException.DigestMismatch(
          "layer %s of %d bytes was expected, %s of %d bytes came"
              .formatted(descriptor.digest(), descriptor.size(), actual, compressed.count()));
    }
  }

  private static boolean isZstd(IOException e) {
    return e.getClass().getName().startsWith("com.github.luben.zstd.");
  }

  private static ImageException corrupt(Descriptor descriptor, IOException e) {
    return new ImageException.CorruptLayer(
        "layer %s can't be unpacked: %s".formatted(descriptor.digest(), e.getMessage()), e);
  }
}
