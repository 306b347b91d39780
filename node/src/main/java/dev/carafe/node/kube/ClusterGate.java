package dev.carafe.node.kube;

import static java.util.Objects.requireNonNull;

import dev.carafe.node.host.HostException;
import dev.carafe.node.host.Mode;
import dev.carafe.node.host.NodeGate;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** The handshake with the cluster around an installation: a taint, labels, an event. */
public final class ClusterGate implements NodeGate {
  private static final Logger LOG = LogManager.getLogger(ClusterGate.class);
  private static final String RUNTIME_PREFIX = "carafe://";
  private static final int LABEL_MAX = 63;
  private static final int FAILURE_MAX = 1024;
  private static final long LOOK_SECONDS = 2;
  private static final long RETRY_SECONDS = 5;

  private final NodeObject node;
  private final NodeEvents events;
  private final Eviction eviction;
  private final Mode mode;

  /** The gate of a node. A node on which Carafe is the second runtime is never tainted. */
  public ClusterGate(NodeObject node, NodeEvents events, Eviction eviction, Mode mode) {
    this.node = requireNonNull(node, "node is null");
    this.events = requireNonNull(events, "events is null");
    this.eviction = requireNonNull(eviction, "eviction is null");
    this.mode = requireNonNull(mode, "mode is null");
  }

  @Override
  public void close(String build) throws InterruptedException {
    while (true) {
      try {
        if (mode == Mode.REPLACE) {
          node.taint(Names.TAINT);
        }
        node.mark(Map.of(Names.RUNTIME_LABEL, "installing"), Map.of());
        return;
      } catch (KubernetesClientException away) {
        // Nothing of the host has been changed yet: there is time.
        LOG.warn("waiting for the API server: {}", away.getMessage());
        TimeUnit.SECONDS.sleep(RETRY_SECONDS);
      }
    }
  }

  @Override
  public void drain(Duration patience) throws HostException, InterruptedException {
    eviction.drain(node.name(), patience);
  }

  @Override
  public void awaitReady(Duration patience) throws HostException, InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    String last = "the API server did not answer";
    while (System.nanoTime() < end) {
      try {
        Node now = node.get();
        String runtime = runtime(now);
        boolean ready = ready(now);
        if (ready && runtime.startsWith(RUNTIME_PREFIX)) {
          return;
        }
        last = "the node is " + (ready ? "ready" : "not ready") + " with " + runtime;
      } catch (KubernetesClientException away) {
        last = String.valueOf(away.getMessage());
      }
      TimeUnit.SECONDS.sleep(Math.min(LOOK_SECONDS, Math.max(1, patience.toSeconds() / 4)));
    }
    throw new HostException(
        "after %d s %s; expected ready with %s"
            .formatted(patience.toSeconds(), last, RUNTIME_PREFIX));
  }

  @Override
  public void open(String build) throws HostException {
    Map<String, @Nullable String> labels = new HashMap<>();
    labels.put(Names.RUNTIME_LABEL, "ready");
    labels.put(Names.BUILD_LABEL, label(build));
    Map<String, @Nullable String> annotations = new HashMap<>();
    annotations.put(Names.FAILURE_ANNOTATION, null);
    ask(() -> {
      node.mark(labels, annotations);
      node.untaint(Names.TAINT);
    });
  }

  @Override
  public void failed(String build, String message) throws HostException {
    String shortened =
        message.length() <= FAILURE_MAX ? message : message.substring(0, FAILURE_MAX);
    ask(() -> {
      node.mark(Map.of(Names.RUNTIME_LABEL, "failed"), Map.of(Names.FAILURE_ANNOTATION, shortened));
      // What was before is in use again, so pods may come.
      node.untaint(Names.TAINT);
    });
    events.aboutNode("Warning", "CarafeInstallFailed", shortened);
  }

  @Override
  public void gone() throws HostException {
    Map<String, @Nullable String> labels = new HashMap<>();
    labels.put(Names.RUNTIME_LABEL, null);
    labels.put(Names.BUILD_LABEL, null);
    Map<String, @Nullable String> annotations = new HashMap<>();
    annotations.put(Names.FAILURE_ANNOTATION, null);
    annotations.put(Names.CLASSES_ANNOTATION, null);
    ask(() -> {
      Node now = node.get();
      if (now.getMetadata().getLabels() != null) {
        now.getMetadata().getLabels().keySet().stream()
            .filter(key -> key.startsWith(Names.RDT_LABEL_PREFIX))
            .forEach(key -> labels.put(key, null));
      }
      node.mark(labels, annotations);
      node.untaint(Names.TAINT);
    });
  }

  private void ask(Runnable call) throws HostException {
    try {
      call.run();
    } catch (KubernetesClientException away) {
      LOG.warn("the API server refused or did not answer: {}", away.getMessage());
      throw new HostException("the API server: " + away.getMessage(), away);
    }
  }

  /** A label's value takes letters, digits, dots, dashes and underscores only. */
  static String label(String text) {
    String plain = text.replaceAll("[^0-9A-Za-z._-]", "_");
    return plain.length() <= LABEL_MAX ? plain : plain.substring(0, LABEL_MAX);
  }

  private static String runtime(Node node) {
    return node.getStatus() == null || node.getStatus().getNodeInfo() == null
        ? "no runtime"
        : String.valueOf(node.getStatus().getNodeInfo().getContainerRuntimeVersion());
  }

  private static boolean ready(Node node) {
    return node.getStatus() != null
        && node.getStatus().getConditions() != null
        && node.getStatus().getConditions().stream()
            .anyMatch(condition ->
                "Ready".equals(condition.getType()) && "True".equals(condition.getStatus()));
  }
}
