package dev.carafe.agent.container;

import dev.carafe.agent.container.ContainerState.Phase;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.pod.Interrupts;
import dev.carafe.agent.pod.Pod;
import dev.carafe.runtime.shim.ShimClient;
import dev.carafe.runtime.shim.ShimException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What happens at StopContainer: the stop signal to init, the grace, SIGKILL to all that is in the
 * container's cgroup. No lock is held while waiting. Thread-safe.
 */
public final class ContainerStop {
  private static final int SIGKILL = 9;
  private static final int ESRCH = 3;

  /**
   * How long a killed container may take to end: then it hangs in the kernel and the caller is
   * told.
   */
  private static final Duration KILL_LIMIT = Duration.ofSeconds(30);

  /** Stops a running container; any other is left as it is. */
  void stop(Pod pod, Container container, Duration grace) {
    if (container.state().phase() != Phase.RUNNING) {
      return;
    }
    if (grace.isPositive()) {
      signal(pod, container, container.state().record().stopSignal().number(), false);
      if (await(container, grace)) {
        return;
      }
    }
    kill(pod, container);
    awaitKilled(container);
  }

  /** Sends SIGKILL to every process of a container. */
  void kill(Pod pod, Container container) {
    signal(pod, container, SIGKILL, true);
  }

  /** Waits until a killed container has ended. */
  void awaitKilled(Container container) {
    if (!await(container, KILL_LIMIT)) {
      throw Failure.deadline(
          "container %s was killed and has not ended after %d s: a process hangs in the kernel"
              .formatted(container.id(), KILL_LIMIT.toSeconds()));
    }
  }

  private static void signal(Pod pod, Container container, int signal, boolean all) {
    ShimClient shim = pod.shim();
    if (shim == null) {
      return;
    }
    try {
      Interrupts.step(() -> shim.signal(container.id(), signal, all));
    } catch (ShimException refused) {
      if (refused.errno() != ESRCH) {
        throw Failure.internal(
            "cannot send signal %d to container %s: %s"
                .formatted(signal, container.id(), refused.getMessage()),
            refused);
      }
    } catch (IOException lost) {
      throw Failure.unavailable(
          "the shim of pod %s does not answer: %s".formatted(pod.id(), lost.getMessage()), lost);
    }
  }

  private static boolean await(Container container, Duration limit) {
    try {
      container.exited().get(limit.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException stillRunning) {
      return false;
    } catch (ExecutionException impossible) {
      throw new IllegalStateException("an exit never fails", impossible);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw Failure.unavailable("the agent is stopping", interrupted);
    }
  }
}
