package dev.carafe.agent.checkpoint;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.agent.container.CheckpointFiles;
import dev.carafe.agent.container.Container;
import dev.carafe.agent.container.ContainerCriu;
import dev.carafe.agent.container.ContainerRecord;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.pod.Pod;
import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.checkpoint.CriuException;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.state.Trees;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Saves containers of one pod as of one moment: all are stopped before the first is saved, none
 * runs on before the last one is, and all run on when this returns, however it ends (KEP-5823).
 * Thread-safe.
 */
public final class Capture {
  private static final Logger LOG = LogManager.getLogger(Capture.class);

  private final ContainerCriu criu;
  private final ObjectMapper json = new ObjectMapper();

  /** Saves by CRIU. */
  public Capture(ContainerCriu criu) {
    this.criu = requireNonNull(criu, "criu is null");
  }

  /**
   * Saves running containers under the pod's lock. On failure what it wrote is removed.
   *
   * @param into a directory for each, which this makes
   * @param limit how long the pod may stand still
   * @throws Failure of kind DEADLINE when that is over
   */
  void save(Pod pod, Map<Container, Path> into, Duration limit) throws InterruptedException {
    FutureTask<Boolean> saving =
        new FutureTask<>(() -> {
          saveAll(pod, into);
          return Boolean.TRUE;
        });
    List<Cgroup> frozen = new ArrayList<>();
    Thread thread = Thread.ofVirtual().name("checkpoint-" + pod.id()).unstarted(saving);
    boolean saved = false;
    try {
      freeze(into, frozen);
      thread.start();
      await(saving, pod, limit);
      saved = true;
    } finally {
      if (!saved) {
        saving.cancel(true);
        join(thread);
      }
      thaw(frozen);
      if (!saved) {
        discard(into);
      }
    }
  }

  private void freeze(Map<Container, Path> into, List<Cgroup> frozen) {
    for (Container container : into.keySet()) {
      Cgroup cgroup = criu.cgroup(container);
      frozen.add(cgroup);
      cgroup.freeze();
    }
  }

  /** One that can't be let go must not keep the others. */
  private static void thaw(List<Cgroup> frozen) {
    for (Cgroup cgroup : frozen) {
      try {
        cgroup.thaw();
      } catch (RuntimeException stuck) {
        LOG.error("cannot let the processes of cgroup {} run on", cgroup.path(), stuck);
      }
    }
  }

  private static void await(FutureTask<Boolean> saving, Pod pod, Duration limit)
      throws InterruptedException {
    try {
      saving.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      throw Failure.deadline(
          "pod %s is not saved within %d ms; it runs on".formatted(pod.id(), limit.toMillis()));
    } catch (ExecutionException failed) {
      throw told(failed.getCause());
    }
  }

  private static RuntimeException told(@Nullable Throwable cause) {
    return switch (cause) {
      case Failure known -> known;
      case CriuException refused -> Failure.internal(String.valueOf(refused.getMessage()), refused);
      case null, default -> Failure.internal("cannot save the container: " + cause, cause);
    };
  }

  /** Criu must have let go before its processes are let go. */
  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.getState() != Thread.State.NEW && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException again) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void discard(Map<Container, Path> into) {
    for (Path directory : into.values()) {
      try {
        Trees.delete(directory);
      } catch (IOException stuck) {
        LOG.error("cannot remove the unfinished checkpoint {}", directory, stuck);
      }
    }
  }

  private void saveAll(Pod pod, Map<Container, Path> into) throws Exception {
    for (Map.Entry<Container, Path> one : into.entrySet()) {
      CheckpointFiles files = new CheckpointFiles(one.getValue());
      Files.createDirectories(
          files.images(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      criu.dump(pod, one.getKey(), files.images());
      describe(one.getKey(), files);
    }
  }

  private void describe(Container container, CheckpointFiles files) throws IOException {
    List<String> deleted;
    try (TarWriter tar =
        new TarWriter(new BufferedOutputStream(Files.newOutputStream(files.rootfsDiff())))) {
      deleted = RootfsDiff.write(container.paths().upper(), tar);
    }
    ContainerRecord record = container.state().record();
    Spec spec = criu.spec(container);
    Files.write(files.configDump(), json.writeValueAsBytes(config(record)));
    Files.write(files.specDump(), json.writeValueAsBytes(spec));
    if (!deleted.isEmpty()) {
      Files.write(files.deletedFiles(), json.writeValueAsBytes(deleted));
    }
  }

  /** What podman, CRI-O and checkpointctl read. */
  private ObjectNode config(ContainerRecord record) {
    ObjectNode config = json.createObjectNode();
    config.put("id", record.id());
    config.put("name", record.config().getMetadata().getName());
    config.put("rootfsImage", record.imageName());
    config.put("rootfsImageRef", record.imageId());
    config.put("rootfsImageName", record.imageName());
    config.put("runtime", "carafe");
    config.put("createdTime", time(record.createdAt()));
    config.put("checkpointedTime", Instant.now().toString());
    config.put("restoredTime", "0001-01-01T00:00:00Z");
    config.put("restored", false);
    return config;
  }

  private static String time(long nanos) {
    return Instant.ofEpochSecond(0, nanos).toString();
  }
}
