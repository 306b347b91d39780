package dev.carafe.agent.image.layer;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.Descriptor;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
   * Where a layer goes.
   *
   * @param files an empty directory
   * @param scratch a file name beside it for the unpacker's own use
   * @param recording a file name beside it for what {@link ArchiveReplay} needs
   */
  public record Target(Path files, Path scratch, Path recording) {
    /** Checks for null. */
    public Target {
      requireNonNull(files, "files is null");
      requireNonNull(scratch, "scratch is null");
      requireNonNull(recording, "recording is null");
    }
  }

  /** Gives a blob's bytes. */
  @FunctionalInterface
  public interface Blobs {
    /** A new stream, which the unpacker closes. */
    InputStream open(Descriptor blob) throws IOException, InterruptedException;
  }

  /**
   * Unpacks into {@code target}. On failure what is in it is worthless.
   *
   * @param blob the layer as it lies in the registry; not closed here
   * @param descriptor what the manifest says of the blob
   * @param diffId what the configuration says of the archive
   * @throws ImageException.DigestMismatch if either digest is another
   * @throws ImageException.CorruptLayer naming the layer and the entry
   * @throws ImageException.DiskFull if the limits' reserve would be touched
   */
  public UnpackedLayer unpack(
      InputStream blob,
      Descriptor descriptor,
      @Nullable Digest diffId,
      Target target,
      LowerLayers lowers)
      throws InterruptedException {
    MeasuredStream compressed = measured(blob, descriptor);
    try {
      return unpack(compressed, descriptor, diffId, target, lowers);
    } catch (TarFormatException | ZipException | EOFException e) {
      // Wrong bytes explain more than the place where they no longer made sense.
      verifyBlob(compressed, descriptor);
      throw corrupt(descriptor, e);
    } catch (ImageException.DiskFull e) {
      throw e.of("layer " + descriptor.digest());
    } catch (IOException e) {
      if (isZstd(e)) {
        verifyBlob(compressed, descriptor);
        throw corrupt(descriptor, e);
      }
      throw ImageException.from(
          "unpacking layer " + descriptor.digest() + " to " + target.files(), e);
    }
  }

  private UnpackedLayer unpack(
      MeasuredStream compressed,
      Descriptor descriptor,
      @Nullable Digest diffId,
      Target target,
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
      try (DirectoryTimes times = new DirectoryTimes(target.scratch());
          LayerTree tree = new LayerTree(target.files(), lowers, times);
          ArchiveRecorder recorder = new ArchiveRecorder(archive, target.recording())) {
        EntryWriter writer = writer(tree, times, target.files());
        writeAll(recorder, writer, descriptor);
        times.apply(tree.root());
        layer = writer.result().and(recorder.finish());
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

  private EntryWriter writer(LayerTree tree, DirectoryTimes times, Path files) throws IOException {
    return new EntryWriter(tree, times, new SpaceGuard(files, limits.minFreeBytes()), limits);
  }

  private static MeasuredStream measured(InputStream blob, Descriptor descriptor) {
    return new MeasuredStream(
        blob,
        descriptor.digest(),
        descriptor.size(),
        limit ->
            new ImageException.DigestMismatch(
                "layer %s is longer than the %d bytes its manifest says"
                    .formatted(descriptor.digest(), limit)));
  }

  private void writeAll(ArchiveRecorder archive, EntryWriter writer, Descriptor descriptor)
      throws IOException, InterruptedException {
    TarReader tar = new TarReader(archive);
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
      archive.contentFollows(entry.size());
      archive.contentStored(writer.write(entry, tar::read), entry.size());
    }
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

  /**
   * Puts the blobs of an artifact into one directory: each is a file with the name of its title,
   * but for archives that say that they are to be unpacked. On failure what is in it is worthless.
   *
   * @param files an empty directory
   * @param scratch a file name beside it for this method's own use
   * @throws ImageException as {@link #unpack} does
   */
  public UnpackedLayer unpackArtifact(List<Descriptor> parts, Blobs blobs, Path files, Path scratch)
      throws InterruptedException {
    try (DirectoryTimes times = new DirectoryTimes(scratch);
        LayerTree tree = new LayerTree(files, LowerLayers.NONE, times)) {
      EntryWriter writer = writer(tree, times, files);
      for (Descriptor part : parts) {
        try (InputStream blob = blobs.open(part)) {
          MeasuredStream content = measured(blob, part);
          if (ArtifactPart.isUnpacked(part)) {
            Path unused = scratch.resolveSibling("recording");
            try (InputStream plain = Decompression.open(content);
                ArchiveRecorder archive = new ArchiveRecorder(plain, unused)) {
              writeAll(archive, writer, part);
            }
            Files.delete(unused);
          } else {
            writer.write(ArtifactPart.file(part), content::read);
          }
          verifyBlob(content, part);
        } catch (TarFormatException | ZipException | EOFException e) {
          throw corrupt(part, e);
        }
      }
      times.apply(tree.root());
      return writer.result();
    } catch (IOException e) {
      throw ImageException.from("unpacking an artifact to " + files, e);
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
