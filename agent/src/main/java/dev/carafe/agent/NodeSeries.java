package dev.carafe.agent;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.container.Container;
import dev.carafe.agent.container.ContainerState;
import dev.carafe.agent.container.ContainerTable;
import dev.carafe.agent.image.ImageService;
import dev.carafe.agent.image.store.Image;
import dev.carafe.agent.metrics.Metrics;
import dev.carafe.agent.metrics.Series;
import dev.carafe.agent.metrics.Series.Kind;
import dev.carafe.agent.metrics.Series.Sample;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.agent.pod.PodState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the node has, as numbers: read from the tables when somebody scrapes. Thread-safe. */
final class NodeSeries implements Metrics.Source {
  private final String version;
  private final PodManager pods;
  private final ContainerTable containers;
  private final ImageService images;

  NodeSeries(String version, PodManager pods, ContainerTable containers, ImageService images) {
    this.version = requireNonNull(version, "version is null");
    this.pods = requireNonNull(pods, "pods is null");
    this.containers = requireNonNull(containers, "containers is null");
    this.images = requireNonNull(images, "images is null");
  }

  @Override
  public List<Series> read() {
    List<Sample> podSamples = new ArrayList<>();
    for (PodState.Phase phase : PodState.Phase.values()) {
      long count = pods.list().stream().filter(pod -> pod.phase() == phase).count();
      podSamples.add(Sample.of((double) count, phase.name().toLowerCase(Locale.ROOT)));
    }
    List<Sample> containerSamples = new ArrayList<>();
    for (ContainerState.Phase phase : ContainerState.Phase.values()) {
      long count =
          containers.all().stream().map(Container::state).filter(c -> c.phase() == phase).count();
      containerSamples.add(Sample.of((double) count, phase.name().toLowerCase(Locale.ROOT)));
    }
    List<Image> all = images.list(null);
    return List.of(
        new Series(
            Kind.GAUGE,
            "carafe_build_info",
            "Always 1; the label says which build runs.",
            List.of("version"),
            List.of(Sample.of(1, version))),
        new Series(Kind.GAUGE, "carafe_pods", "Pods by state.", List.of("state"), podSamples),
        new Series(
            Kind.GAUGE,
            "carafe_containers",
            "Containers by state.",
            List.of("state"),
            containerSamples),
        Series.gauge("carafe_images", "Images on this node.", all.size()),
        Series.gauge(
            "carafe_images_bytes",
            "Size of the images as their registries hold them.",
            (double) all.stream().mapToLong(Image::size).sum()));
  }
}
