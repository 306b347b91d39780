package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.image.ImageService;
import dev.carafe.agent.image.store.Image;
import dev.carafe.agent.image.store.ImageStore;
import dev.carafe.agent.name.Times;
import dev.carafe.agent.oci.ContainerPlan;
import dev.carafe.agent.oci.DeclaredVolumes;
import dev.carafe.agent.oci.SeccompChoice;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodCgroups;
import dev.carafe.agent.pod.PodRecord;
import dev.carafe.agent.rdt.RdtPlacement;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.runtime.spec.IntelRdt;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.state.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What happens at CreateContainer: the image is found and held, the configuration becomes an OCI
 * specification (every refusal comes from here), the intent goes to disk. Nothing runs, and no
 * kernel object is made. Called under the pod's lock.
 */
public final class ContainerCreation {
  private static final Logger LOG = LogManager.getLogger(ContainerCreation.class);

  private final ContainerTable table;
  private final ContainerStore store;
  private final ImageService images;
  private final ContainerSpecs specs;
  private final RdtPlacement rdt;
  private final PodCgroups cgroups;
  private final InstantSource clock;
  private final Bundles bundles;

  /** Creation from these. */
  public ContainerCreation(
      ContainerTable table,
      ContainerStore store,
      ImageService images,
      ContainerSpecs specs,
      Bundles bundles,
      RdtPlacement rdt,
      PodCgroups cgroups,
      InstantSource clock) {
    this.table = requireNonNull(table, "table is null");
    this.store = requireNonNull(store, "store is null");
    this.images = requireNonNull(images, "images is null");
    this.specs = requireNonNull(specs, "specs is null");
    this.bundles = requireNonNull(bundles, "bundles is null");
    this.rdt = requireNonNull(rdt, "rdt is null");
    this.cgroups = requireNonNull(cgroups, "cgroups is null");
    this.clock = requireNonNull(clock, "clock is null");
  }

  /**
   * Makes the container {@code id} in a ready pod.
   *
   * @param checkpoint what it goes on from, null for none
   */
  ContainerState create(
      Pod pod, String id, ContainerConfig config, @Nullable CheckpointFiles checkpoint) {
    pod.requireShim();
    String asked = config.getImage().getImage();
    Image image = images.find(asked);
    if (image == null) {
      throw Failure.notFound("image \"" + asked + "\" is not on this node; pull it first");
    }
    if (image.isArtifact()) {
      throw Failure.invalid(
          "config.image.image \"%s\" is an artifact (%s) without a root file system; mount it as a volume"
              .formatted(asked, image.artifactType()));
    }
    PodRecord podRecord = pod.state().record();
    String cgroupPath = cgroups.path(podRecord, id);
    ContainerPaths paths = store.paths(id);
    try (ImageStore.Lease lease = images.lease(image.id());
        ImageVolumes volumes = ImageVolumes.of(config, images)) {
      List<Path> lowers = WritableLayer.lowers(paths, lease.lowerDirectories().reversed());
      ContainerPlan plan =
          specs.build(pod, id, config, image, lowers, volumes.byName(), cgroupPath);
      requireProfile(plan.seccomp());
      Spec spec = withRdt(plan.spec(), rdt.reserve(podRecord, config, id));
      ContainerRecord record = record(pod, id, config, image, volumes, plan, cgroupPath);
      store.writeIntent(record);
      WritableLayer.create(paths, lowers);
      if (checkpoint != null) {
        checkpoint.install(paths, lowers);
      }
      Spec complete =
          DeclaredVolumes.mount(image.config().volumes(), spec, lowers, paths.volumes());
      bundles.save(paths, new Bundle(complete, lowers, plan.seccomp()));
      return table.add(paths, ContainerState.creating(record).created()).state();
    } catch (IOException | RuntimeException failure) {
      undo(paths, failure);
      throw failure instanceof RuntimeException known
          ? known
          : Failure.internal("cannot create the container on disk: " + failure, failure);
    }
  }

  /** A start would find it missing too, but the kubelet shows what a create says. */
  private static void requireProfile(SeccompChoice choice) {
    if (choice instanceof SeccompChoice.Localhost file && !Files.isReadable(file.profile())) {
      throw Failure.invalid(
          "linux.security_context.seccomp.localhost_ref: there is no file %s on this node; expected a JSON profile in the OCI form"
              .formatted(file.profile()));
    }
  }

  private static Spec withRdt(Spec spec, @Nullable IntelRdt rdt) {
    Linux linux = requireNonNull(spec.linux(), "a container is a Linux container");
    return rdt == null ? spec : spec.with(linux.with(rdt));
  }

  private ContainerRecord record(
      Pod pod,
      String id,
      ContainerConfig config,
      Image image,
      ImageVolumes volumes,
      ContainerPlan plan,
      String cgroupPath) {
    PodRecord podRecord = pod.state().record();
    String imageId = image.id().toString();
    return new ContainerRecord(
        id,
        pod.id(),
        volumes.withDigests(config),
        PodRecord.digest(config),
        imageId,
        volumes.imageIds(),
        image.repoTags().isEmpty() ? config.getImage().getImage() : image.repoTags().getFirst(),
        image.repoDigests().isEmpty() ? imageId : image.repoDigests().getFirst(),
        Times.nanos(clock),
        podRecord.bootId(),
        logPath(podRecord, config),
        cgroupPath,
        plan.user(),
        plan.stopSignal(),
        plan.privileged());
  }

  private static String logPath(PodRecord pod, ContainerConfig config) {
    String directory = pod.config().getLogDirectory();
    return directory.isEmpty() || config.getLogPath().isEmpty()
        ? ""
        : Path.of(directory, config.getLogPath()).toString();
  }

  private void undo(ContainerPaths paths, Exception failure) {
    rdt.release(paths.id());
    try {
      Trees.delete(paths.dir());
      store.delete(paths.id());
    } catch (IOException stuck) {
      failure.addSuppressed(stuck);
      LOG.error("cannot undo the creation of container {}", paths.id(), stuck);
    }
  }
}
