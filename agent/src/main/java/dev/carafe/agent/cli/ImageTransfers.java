package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.agent.admin.v1.AdminGrpc.AdminBlockingStub;
import dev.carafe.agent.admin.v1.ExportImageRequest;
import dev.carafe.agent.admin.v1.FetchImageRequest;
import dev.carafe.agent.admin.v1.ImageProgress;
import dev.carafe.agent.admin.v1.ImportImageRequest;
import dev.carafe.agent.admin.v1.NodeImage;
import io.grpc.Status;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@code carafe image pull|import|export}: what moves, and a line for each image in the end. */
final class ImageTransfers {
  private final Client client;
  private final PrintStream out;
  private final ProgressBars bars;
  private final boolean json;

  /**
   * @param bars where the progress is drawn
   * @param json whether the end is told in JSON
   */
  ImageTransfers(Client client, PrintStream out, ProgressBars bars, boolean json) {
    this.client = requireNonNull(client, "client is null");
    this.out = requireNonNull(out, "out is null");
    this.bars = requireNonNull(bars, "bars is null");
    this.json = json;
  }

  /**
   * Pulls an image.
   *
   * @param authFile null for nobody's credentials
   */
  void pull(String reference, @Nullable String authFile) throws IOException, UsageException {
    String auth = authFile == null ? "" : AuthFile.read(path("pull", authFile)).forImage(reference);
    FetchImageRequest request =
        FetchImageRequest.newBuilder().setReference(reference).setAuth(auth).build();
    printImages(transfer(admin -> admin.fetchImage(request)));
  }

  /**
   * Imports an archive.
   *
   * @param name the image's reference; null takes the archive's own names
   */
  void importArchive(String file, @Nullable String name) throws UsageException {
    Path archive = path("import", file);
    if (!Files.isRegularFile(archive) && !Files.isDirectory(archive)) {
      throw Status.NOT_FOUND
          .withDescription(
              archive + ": no such file; expected an OCI or docker archive, or a directory")
          .asRuntimeException();
    }
    ImportImageRequest request =
        ImportImageRequest.newBuilder()
            .setPath(archive.toString())
            .setReference(name == null ? "" : name)
            .build();
    printImages(transfer(admin -> admin.importImage(request)));
  }

  /** Exports an image to a file. */
  void export(String image, @Nullable String output) throws UsageException {
    if (output == null) {
      throw new UsageException("carafe image export: --output FILE is missing");
    }
    Path file = path("export", output);
    ExportImageRequest request =
        ExportImageRequest.newBuilder().setImage(image).setPath(file.toString()).build();
    ImageProgress last = transfer(admin -> admin.exportImage(request));
    if (json) {
      out.println(
          JsonNodeFactory.instance
              .objectNode()
              .put("id", last.getImages(0).getId())
              .put("manifest", last.getManifest())
              .put("file", file.toString())
              .toPrettyString());
      return;
    }
    out.println(last.getImages(0).getId() + " " + file);
    out.println(
        "layers are written uncompressed: the image's id is the same, its manifest is "
            + last.getManifest());
  }

  private ImageProgress transfer(Function<AdminBlockingStub, Iterator<ImageProgress>> call) {
    return client.admin(admin -> {
      ImageProgress last = ImageProgress.getDefaultInstance();
      try {
        for (Iterator<ImageProgress> all = call.apply(admin); all.hasNext(); ) {
          last = all.next();
          bars.show(last.getBlobsList());
        }
      } finally {
        bars.end();
      }
      return last;
    });
  }

  private void printImages(ImageProgress last) {
    if (json) {
      ArrayNode all = JsonNodeFactory.instance.arrayNode();
      last.getImagesList().forEach(image -> all.add(node(image)));
      out.println(all.toPrettyString());
      return;
    }
    for (NodeImage image : last.getImagesList()) {
      List<String> names =
          image.getRepoTagsCount() > 0 ? image.getRepoTagsList() : image.getRepoDigestsList();
      out.println((image.getId() + " " + String.join(" ", names)).strip());
    }
  }

  private static ObjectNode node(NodeImage image) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("id", image.getId());
    ArrayNode tags = node.putArray("repoTags");
    image.getRepoTagsList().forEach(tags::add);
    ArrayNode digests = node.putArray("repoDigests");
    image.getRepoDigestsList().forEach(digests::add);
    return node.put("sizeBytes", image.getSize());
  }

  private static Path path(String command, String file) throws UsageException {
    try {
      return Path.of(file).toAbsolutePath().normalize();
    } catch (InvalidPathException notAPath) {
      throw new UsageException("carafe image " + command + ": " + notAPath.getMessage());
    }
  }
}
