package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.cri.v1.Image;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.ImageStatusRequest;
import dev.carafe.cri.v1.ListContainersRequest;
import dev.carafe.cri.v1.ListImagesRequest;
import dev.carafe.cri.v1.RemoveImageRequest;
import io.grpc.Status;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** {@code carafe image ls|rm}. */
final class Images {
  private static final List<String> HEADER = List.of("IMAGE ID", "SIZE", "PINNED", "NAME");

  private final Client client;
  private final PrintStream out;

  Images(Client client, PrintStream out) {
    this.client = requireNonNull(client, "client is null");
    this.out = requireNonNull(out, "out is null");
  }

  /** Prints the node's images as a table, or as one JSON array. */
  void list(boolean asJson) {
    List<Image> images =
        client.images(s -> s.listImages(ListImagesRequest.getDefaultInstance())).getImagesList();
    if (asJson) {
      out.println(json(images).toPrettyString());
      return;
    }
    List<List<String>> rows = new ArrayList<>(List.of(HEADER));
    images.forEach(image -> names(image).forEach(name -> rows.add(row(image, name))));
    Table.print(out, rows);
  }

  private static List<String> row(Image image, String name) {
    return List.of(
        Sizes.shortId(image.getId()),
        Sizes.disk(image.getSize()),
        image.getPinned() ? "yes" : "",
        name);
  }

  private static List<String> names(Image image) {
    if (image.getRepoTagsCount() > 0) {
      return image.getRepoTagsList();
    }
    return image.getRepoDigestsCount() > 0 ? image.getRepoDigestsList() : List.of("<none>");
  }

  private static ArrayNode json(List<Image> images) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (Image image : images) {
      ObjectNode node = all.addObject();
      node.put("id", image.getId());
      ArrayNode tags = node.putArray("repoTags");
      image.getRepoTagsList().forEach(tags::add);
      ArrayNode digests = node.putArray("repoDigests");
      image.getRepoDigestsList().forEach(digests::add);
      node.put("sizeBytes", image.getSize()).put("pinned", image.getPinned());
    }
    return all;
  }

  /** Removes an image that the node has, and says what stays. */
  void remove(String name) {
    ImageSpec spec = ImageSpec.newBuilder().setImage(name).build();
    Image image =
        client
            .images(s -> s.imageStatus(ImageStatusRequest.newBuilder().setImage(spec).build()))
            .getImage();
    if (image.getId().isEmpty()) {
      throw Status.NOT_FOUND
          .withDescription("image \"" + name + "\" is not on this node; carafe image ls lists them")
          .asRuntimeException();
    }
    long users = users(image.getId());
    client.images(s -> s.removeImage(RemoveImageRequest.newBuilder().setImage(spec).build()));
    out.println(image.getId() + " " + String.join(" ", names(image)));
    if (users > 0) {
      out.println("its layers stay until " + users + " containers that use it are gone");
    }
  }

  private long users(String id) {
    return client
        .runtime(s -> s.listContainers(ListContainersRequest.getDefaultInstance()))
        .getContainersList()
        .stream()
        .filter(container -> container.getImageId().equals(id))
        .count();
  }
}
