package dev.carafe.node;

import static java.util.Objects.requireNonNull;

import dev.carafe.node.host.HostException;
import dev.carafe.node.host.Installer;
import dev.carafe.node.kube.Names;
import dev.carafe.node.kube.NodeObject;
import dev.carafe.node.kube.RdtWatch;
import dev.carafe.node.rdt.Carafed;
import dev.carafe.node.rdt.Carafed.UnreachableException;
import dev.carafe.node.rdt.RdtHardware;
import dev.carafe.runtime.rdt.ResctrlInfo;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The loop: installed, labels, RDT classes; again when something changed and every few minutes.
 * Each round is whole in itself, and what fails in one is done in the next. One thread.
 */
final class NodeManager {
  private static final Logger LOG = LogManager.getLogger(NodeManager.class);
  private static final long ROUND_SECONDS = 120;
  private static final long AGAIN_SECONDS = 10;

  private final Settings settings;
  private final Installer installer;
  private final NodeObject node;
  private final RdtFollower follower;
  private final Carafed carafed;
  private final Semaphore changes = new Semaphore(0);

  NodeManager(
      Settings settings,
      Installer installer,
      NodeObject node,
      RdtFollower follower,
      Carafed carafed) {
    this.settings = requireNonNull(settings, "settings is null");
    this.installer = requireNonNull(installer, "installer is null");
    this.node = requireNonNull(node, "node is null");
    this.follower = requireNonNull(follower, "follower is null");
    this.carafed = requireNonNull(carafed, "carafed is null");
  }

  /** Something of the cluster changed: the next round begins now. */
  void wake() {
    changes.release();
  }

  /** Goes round until the thread is interrupted. */
  void run(RdtWatch watch) throws InterruptedException {
    while (true) {
      boolean good = round(watch);
      if (changes.tryAcquire(good ? ROUND_SECONDS : AGAIN_SECONDS, TimeUnit.SECONDS)) {
        changes.drainPermits();
      }
    }
  }

  /** One round; whether all of it could be done. */
  boolean round(RdtWatch watch) throws InterruptedException {
    boolean good = true;
    try {
      installer.install();
    } catch (HostException | IOException failure) {
      LOG.error("not installed: {}", failure.getMessage());
      good = false;
    } catch (KubernetesClientException away) {
      LOG.warn("the API server: {}", away.getMessage());
      good = false;
    }
    try {
      if (watch.complete()) {
        follower.follow(watch.choose(labelsOfNode()));
      }
      describe();
    } catch (UnreachableException away) {
      LOG.warn("carafed does not answer: {}", away.getMessage());
      good = false;
    } catch (KubernetesClientException | IOException failure) {
      LOG.warn("the node is not brought up to date: {}", failure.getMessage());
      good = false;
    }
    return good;
  }

  private Map<String, String> labelsOfNode() {
    Map<String, String> labels = node.get().getMetadata().getLabels();
    return labels == null ? Map.of() : labels;
  }

  private void describe() throws UnreachableException {
    ResctrlInfo info = RdtHardware.read(settings.resctrl());
    List<String> classes = info == null ? List.of() : carafed.classes();
    Map<String, @Nullable String> annotations = new HashMap<>();
    annotations.put(Names.CLASSES_ANNOTATION, classes.isEmpty() ? null : String.join(",", classes));
    node.mark(RdtHardware.labels(info), annotations);
    if (settings.offerClosids()) {
      node.offer(
          Names.CLOSID_RESOURCE, info == null ? 0 : Math.max(0, info.classes() - classes.size()));
    }
  }
}
