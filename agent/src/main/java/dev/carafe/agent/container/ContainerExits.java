package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.container.ContainerState.Exit;
import dev.carafe.agent.name.Times;
import dev.carafe.agent.pod.Interrupts;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodContainers;
import dev.carafe.runtime.shim.ShimClient;
import dev.carafe.runtime.shim.ShimEvent;
import dev.carafe.runtime.shim.ShimProcess;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * What happens when a container ends: the snapshot says EXITED, the exit is on disk, the shim may
 * forget it, and its cgroup and class go. Each step may be repeated.
 */
public final class ContainerExits implements PodContainers {
  private static final Logger LOG = LogManager.getLogger(ContainerExits.class);
  private static final int SIGKILL_CODE = 137;
  private static final int LOST_CODE = 255;

  private final ContainerTable table;
  private final ContainerStore store;
  private final ContainerResources resources;
  private final ContainerStop stopper;
  private final ContainerRemoval removal;
  private final ExecutorService workers;
  private final InstantSource clock;

  /** Exits of the containers in {@code table}; their aftermath runs on {@code workers}. */
  public ContainerExits(
      ContainerTable table,
      ContainerStore store,
      ContainerResources resources,
      ContainerStop stopper,
      ContainerRemoval removal,
      ExecutorService workers,
      InstantSource clock) {
    this.table = requireNonNull(table, "table is null");
    this.store = requireNonNull(store, "store is null");
    this.resources = requireNonNull(resources, "resources is null");
    this.stopper = requireNonNull(stopper, "stopper is null");
    this.removal = requireNonNull(removal, "removal is null");
    this.workers = requireNonNull(workers, "workers is null");
    this.clock = requireNonNull(clock, "clock is null");
  }

  @Override
  public void onShimEvent(Pod pod, ShimEvent event) {
    switch (event) {
      case ShimEvent.Exited exited -> {
        Container container = table.find(exited.process().id());
        if (container != null) {
          ended(pod, container, exited.process());
        }
      }
      case ShimEvent.OomKilled oom ->
          LOG.warn("container {} of pod {}: OOM kill", oom.id(), pod.id());
      case ShimEvent.Warning warning ->
          LOG.debug(
              "container {} of pod {}: operation {} of its plan failed and was allowed to: {}",
              warning.id(),
              pod.id(),
              warning.cause().opcode(),
              warning.cause().getMessage());
    }
  }

  @Override
  public void onShimLost(Pod pod) {
    for (Container container : table.ofPod(pod.id())) {
      if (container.state().phase() == ContainerState.Phase.RUNNING) {
        Exit exit = new Exit(Times.nanos(clock), LOST_CODE, "Unknown", "the pod's shim is gone");
        lost(container, exit);
      }
    }
  }

  @Override
  public void stopAll(Pod pod) {
    for (Container container : table.ofPod(pod.id())) {
      if (container.state().phase() == ContainerState.Phase.RUNNING) {
        stopper.kill(pod, container);
      }
    }
    for (Container container : table.ofPod(pod.id())) {
      if (container.state().phase() == ContainerState.Phase.RUNNING) {
        stopper.awaitKilled(container);
      }
      resources.release(container);
    }
  }

  @Override
  public void removeAll(Pod pod) {
    for (Container container : table.ofPod(pod.id())) {
      removal.remove(container);
    }
  }

  /** Takes in an exit that the shim reported; the snapshot changes at once, the rest follows. */
  void ended(Pod pod, Container container, ShimProcess process) {
    Exit exit = new Exit(process.finishedAt(), process.exitCode(), reason(process), "");
    ContainerState state =
        container.change(
            current -> current.running(process.pid(), process.startedAt()).exited(exit));
    workers.execute(() -> {
      settle(container, state);
      forget(pod, container);
    });
  }

  /** Takes in that a container ended, or never ran, without a shim to say so. */
  void lost(Container container, Exit how) {
    ContainerState state = container.change(current -> current.exited(how));
    workers.execute(() -> {
      resources.kill(container);
      settle(container, state);
    });
  }

  /**
   * Lets a pod run on whose checkpoint an earlier agent did not get to the end of: a container
   * stands still for nothing else. A criu that is left sets the freezer back before it ends.
   */
  void resume(Pod pod) {
    ShimClient shim = pod.shim();
    if (shim == null) {
      return;
    }
    workers.execute(() -> {
      try {
        ContainerCriu.awaitLast(shim);
      } catch (IOException gone) {
        LOG.warn("the shim of pod {} does not say whether criu runs: {}", pod.id(), gone);
      }
      for (Container container : table.ofPod(pod.id())) {
        if (container.state().phase() == ContainerState.Phase.RUNNING) {
          resources.resume(container);
        }
      }
    });
  }

  /** Lets the shim forget an exit that was recorded before. */
  void settled(Pod pod, Container container) {
    workers.execute(() -> forget(pod, container));
  }

  private void settle(Container container, ContainerState state) {
    container.files().lock();
    try {
      if (table.find(container.id()) == container) {
        record(state);
        resources.release(container);
      }
    } finally {
      container.files().unlock();
      container.settled();
    }
  }

  private void record(ContainerState state) {
    try {
      store.writeExit(state);
    } catch (IOException failure) {
      LOG.error("cannot record the exit of container {}", state.id(), failure);
    }
  }

  private static void forget(Pod pod, Container container) {
    ShimClient shim = pod.shim();
    if (shim == null) {
      return;
    }
    try {
      Interrupts.step(() -> shim.forget(container.id()));
    } catch (IOException failure) {
      LOG.warn("the shim of pod {} keeps the exit of {}: {}", pod.id(), container.id(), failure);
    }
  }

  private static String reason(ShimProcess process) {
    if (process.oomKills() > 0 && process.exitCode() == SIGKILL_CODE) {
      return "OOMKilled";
    }
    return process.exitCode() == 0 ? "Completed" : "Error";
  }
}
