package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.network.PluginOutput;
import dev.carafe.agent.network.PluginRunner;
import dev.carafe.agent.network.ProcessRunner;
import dev.carafe.runtime.shim.RunRequest;
import dev.carafe.runtime.shim.RunResult;
import dev.carafe.runtime.shim.ShimClient;
import dev.carafe.runtime.shim.ShimEvent;
import dev.carafe.runtime.shim.ShimGoneException;
import dev.carafe.runtime.shim.ShimLauncher;
import dev.carafe.runtime.shim.ShimListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.ExecutorService;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** The pods' shims: starting them, finding them again, letting them go. Thread-safe. */
public final class Shims {
  private static final Logger LOG = LogManager.getLogger(Shims.class);
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
    launcher.start(pod.id(), pod.paths().dir());
    return connect(pod);
  }

  /** Connects to a pod's shim, which runs. */
  ShimClient connect(Pod pod) throws IOException {
    ShimClient client = ShimClient.connect(pod.paths().dir());
    client.subscribe(
        new ShimListener() {
          @Override
          public void onEvent(ShimEvent event) {
            containers.onShimEvent(pod, event);
          }

          @Override
          public void onGone(ShimGoneException cause) {
            workers.execute(() -> lost(pod, cause));
          }
        });
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
      client.shutdown();
    } catch (ShimGoneException already) {
      LOG.debug("the shim of pod {} was gone already", pod.id());
    }
    client.close();
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

  /** A shim that listens no more but lives, or one that an agent started and died before it knew. */
  private void killLeftOver(Pod pod) throws IOException {
    try {
      long pid = Long.parseLong(Files.readString(pod.paths().shimPid()).strip());
      ProcessHandle.of(pid)
          .filter(process -> ShimLauncher.isShim(process, pod.id()))
          .ifPresent(ProcessHandle::destroyForcibly);
    } catch (NoSuchFileException never) {
      LOG.debug("pod {} has no shim", pod.id());
    }
  }
}
