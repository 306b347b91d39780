package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.container.ContainerState.Exit;
import dev.carafe.agent.container.ContainerState.Phase;
import dev.carafe.agent.name.Reservations;
import dev.carafe.agent.name.Times;
import dev.carafe.agent.pod.Interrupts;
import dev.carafe.agent.pod.Pod;
import dev.carafe.runtime.shim.ProcessState;
import dev.carafe.runtime.shim.ShimClient;
import dev.carafe.runtime.shim.ShimProcess;
import dev.carafe.runtime.state.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Brings the containers of an earlier agent back. Their shims say what runs and what ended
 * meanwhile, with its true time; without a shim, what is not known to have ended has ended unseen.
 */
public final class ContainerRecovery {
  private static final Logger LOG = LogManager.getLogger(ContainerRecovery.class);
  private static final int LOST_CODE = 255;

  private final ContainerTable table;
  private final ContainerStore store;
  private final ContainerExits exits;
  private final Reservations names;
  private final InstantSource clock;

  /** Recovery into {@code table}. */
  public ContainerRecovery(
      ContainerTable table,
      ContainerStore store,
      ContainerExits exits,
      Reservations names,
      InstantSource clock) {
    this.table = requireNonNull(table, "table is null");
    this.store = requireNonNull(store, "store is null");
    this.exits = requireNonNull(exits, "exits is null");
    this.names = requireNonNull(names, "names is null");
    this.clock = requireNonNull(clock, "clock is null");
  }

  /**
   * Restores the containers of these pods; what belongs to no pod, or was half created, is removed.
   */
  public void recover(List<Pod> pods) throws IOException {
    Map<String, Pod> byId = new HashMap<>();
    pods.forEach(pod -> byId.put(pod.id(), pod));
    Map<String, Map<String, ShimProcess>> processes = new HashMap<>();
    for (Pod pod : pods) {
      processes.put(pod.id(), processes(pod));
    }
    for (ContainerState state : store.load()) {
      Pod pod = byId.get(state.record().podId());
      ContainerPaths paths = store.paths(state.id());
      if (pod == null || !Files.exists(paths.configJson())) {
        LOG.info("container {} was half created or has no pod; removing it", state.id());
        Trees.delete(paths.dir());
        store.delete(state.id());
        continue;
      }
      CheckpointFiles.sweep(paths);
      Container container = table.add(paths, state);
      names.restore(state.record().name(), state.record().digest(), state.id());
      settle(pod, container, processes.getOrDefault(pod.id(), Map.of()).get(state.id()));
    }
    for (Pod pod : pods) {
      exits.resume(pod);
    }
    sweep();
  }

  private void settle(Pod pod, Container container, @Nullable ShimProcess process) {
    if (container.state().phase() == Phase.EXITED) {
      if (process != null) {
        exits.settled(pod, container);
      }
      return;
    }
    if (process == null) {
      if (pod.shim() == null) {
        exits.lost(
            container, new Exit(Times.nanos(clock), LOST_CODE, "Unknown", "its end was not seen"));
      }
      return;
    }
    if (process.state() == ProcessState.STARTING && process.pid() == 0) {
      // A restore whose agent went: the shim undoes it.
      return;
    }
    if (process.state() == ProcessState.EXITED) {
      exits.ended(pod, container, process);
    } else if (process.state() == ProcessState.FAILED) {
      exits.lost(
          container,
          new Exit(
              Times.nanos(clock),
              ContainerStart.START_ERROR,
              "StartError",
              String.valueOf(process.failure())));
    } else {
      container.change(state -> state.running(process.pid(), process.startedAt()));
    }
  }

  private static Map<String, ShimProcess> processes(Pod pod) throws IOException {
    Map<String, ShimProcess> processes = new HashMap<>();
    ShimClient shim = pod.shim();
    if (shim != null) {
      Interrupts.call(shim::list).forEach(process -> processes.put(process.id(), process));
    }
    return processes;
  }

  /** Directories without a record: a removal that did not get to its end. */
  private void sweep() throws IOException {
    try (var directories =
        Files.newDirectoryStream(
            requireNonNull(store.paths("x").dir().getParent(), "containers lie in a folder"),
            Files::isDirectory)) {
      for (Path directory : directories) {
        if (!Files.exists(store.paths(String.valueOf(directory.getFileName())).record())) {
          Trees.delete(directory);
        }
      }
    }
  }
}
