package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.network.PluginOutput;
import dev.carafe.agent.network.PluginRunner;
import dev.carafe.agent.network.ProcessRunner;
import dev.carafe.runtime.shim.ProcessState;
import dev.carafe.runtime.shim.RunRequest;
import dev.carafe.runtime.shim.RunResult;
import dev.carafe.runtime.shim.ShimClient;
import dev.carafe.runtime.shim.ShimEvent;
import dev.carafe.runtime.shim.ShimException;
import dev.carafe.runtime.shim.ShimGoneException;
import dev.carafe.runtime.shim.ShimLauncher;
import dev.carafe.runtime.shim.ShimListener;
import dev.carafe.runtime.shim.ShimProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** The pods' shims: starting them, finding them again, letting them go. Thread-safe. */
public final class Shims {
  private static final Logger LOG = LogManager.getLogger(Shims.class);
  private static final int SIGKILL = 9;
  private static final int ESRCH = 3;
  private static final int EBUSY = 16;
  private static final Duration SHUTDOWN_LIMIT = Duration.ofSeconds(10);
  private static final Duration SHUTDOWN_POLL = Duration.ofMillis(2);
  private static final int MAX_PLUGIN_OUTPUT_BYTES = 1 << 20;

  private final ShimLauncher launcher;
  private final PodContainers containers;
  private final ExecutorService workers;

  /** Shims started by {@code launcher}, whose events go to {@code containers}. */
  public Shims(ShimLauncher launcher, PodContainers containers, ExecutorService workers) {
    this.launcher = requireNonNull(launcher, "launcher is null");
    this.containers = requireNonNull(containers, "containers is null");
    this.workers = requireNonNull(workers, "workers is null");
  }

  /** Starts a pod's shim in its state directory, and connects to it. */
  ShimClient start(Pod pod) throws IOException {
    Interrupts.step(() -> launcher.start(pod.id(), pod.paths().dir()));
    return connect(pod);
  }

  /** Connects to a pod's shim, which runs. */
  ShimClient connect(Pod pod) throws IOException {
    ShimClient client = ShimClient.connect(pod.paths().dir());
    ShimListener listener =
        new ShimListener() {
          @Override
          public void onEvent(ShimEvent event) {
            containers.onShimEvent(pod, event);
          }

          @Override
          public void onGone(ShimGoneException cause) {
            workers.execute(() -> lost(pod, cause));
          }
        };
    Interrupts.step(() -> client.subscribe(listener));
    return client;
  }

  /** Ends a pod's shim, whose containers have ended. No shim is fine. */
  void stop(Pod pod) throws IOException {
    ShimClient client = pod.shim();
    if (client == null) {
      killLeftOver(pod);
      return;
    }
    try {
      Interrupts.step(() -> shutdown(client));
    } catch (ShimGoneException already) {
      LOG.debug("the shim of pod {} was gone already", pod.id());
    }
    client.close();
  }

  /** Waits for CNI plugins that an earlier agent left running, and kills them. */
  void settle(ShimClient client) throws IOException {
    Interrupts.step(() -> client.settle(true));
  }

  private static void shutdown(ShimClient client) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + SHUTDOWN_LIMIT.toNanos();
    while (true) {
      for (ShimProcess process : client.list()) {
        if (process.state() == ProcessState.RUNNING || process.state() == ProcessState.PARKED) {
          kill(client, process.id());
        }
      }
      try {
        client.shutdown();
        return;
      } catch (ShimException busy) {
        if (busy.errno() != EBUSY || System.nanoTime() > deadline) {
          throw busy;
        }
        Thread.sleep(SHUTDOWN_POLL);
      }
    }
  }

  private static void kill(ShimClient client, String id) throws IOException, InterruptedException {
    try {
      client.signal(id, SIGKILL, false);
    } catch (ShimException refused) {
      if (refused.errno() != ESRCH) {
        throw refused;
      }
    }
  }

  /** Plugins run as children of the pod's shim; of the agent when there is none. */
  PluginRunner pluginRunner(@Nullable ShimClient client) {
    if (client == null) {
      return new ProcessRunner();
    }
    return (argv, env, stdin, timeout) -> {
      RunResult result =
          client.run(
              new RunRequest(
                  argv,
                  env.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList(),
                  stdin,
                  timeout,
                  MAX_PLUGIN_OUTPUT_BYTES,
                  null));
      return new PluginOutput(
          result.exitCode(),
          result.timedOut(),
          new String(result.stdout(), StandardCharsets.UTF_8),
          new String(result.stderr(), StandardCharsets.UTF_8));
    };
  }

  private void lost(Pod pod, ShimGoneException cause) {
    pod.lock().lock();
    try {
      if (pod.shim() == null || pod.state().phase() != PodState.Phase.READY) {
        return;
      }
      LOG.error("the shim of pod {} is gone: {}", pod.id(), cause.getMessage());
      pod.attach(null);
      pod.become(pod.state().notReady("its shim is gone"));
    } finally {
      pod.lock().unlock();
    }
    containers.onShimLost(pod);
  }

  /**
   * A shim that listens no more but lives, or one that an agent started and died before it knew.
   */
  private void killLeftOver(Pod pod) throws IOException {
    try {
      long pid = Long.parseLong(Files.readString(pod.paths().shimPid()).strip());
      ProcessHandle.of(pid)
          .filter(process -> isShimOf(pid, pod.id()))
          .ifPresent(ProcessHandle::destroyForcibly);
    } catch (NoSuchFileException never) {
      LOG.debug("pod {} has no shim", pod.id());
    }
  }

  private static boolean isShimOf(long pid, String podId) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/cmdline")).contains("\0" + podId + "\0");
    } catch (IOException ended) {
      return false;
    }
  }
}
