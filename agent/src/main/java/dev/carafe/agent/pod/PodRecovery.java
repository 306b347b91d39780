package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.event.Events;
import dev.carafe.agent.network.AttachmentRecord;
import dev.carafe.agent.network.Cni;
import dev.carafe.agent.network.CniException;
import dev.carafe.agent.network.ProcessRunner;
import dev.carafe.runtime.shim.ShimClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Brings the pods of an earlier agent back: those that were ready go on, those in the middle of
 * their creation are undone, those in the middle of a stop are stopped. Run once, before the first
 * request is served.
 */
public final class PodRecovery {
  private static final Logger LOG = LogManager.getLogger(PodRecovery.class);

  private final PodStore store;
  private final PodLadder ladder;
  private final Shims shims;
  private final Cni cni;
  private final String bootId;
  private final Events events;

  /** Recovery by these. */
  public PodRecovery(
      PodStore store, PodLadder ladder, Shims shims, Cni cni, String bootId, Events events) {
    this.store = requireNonNull(store, "store is null");
    this.ladder = requireNonNull(ladder, "ladder is null");
    this.shims = requireNonNull(shims, "shims is null");
    this.cni = requireNonNull(cni, "cni is null");
    this.bootId = requireNonNull(bootId, "bootId is null");
    this.events = requireNonNull(events, "events is null");
  }

  /** The pods that are left, each READY with its shim connected, or NOT_READY. */
  public List<Pod> recover() throws IOException, InterruptedException {
    List<Pod> pods = new ArrayList<>();
    for (PodState state : store.load(bootId)) {
      Pod pod = new Pod(store.paths(state.id()), state, events);
      if (recover(pod)) {
        pods.add(pod);
      }
    }
    Set<String> ids = new HashSet<>();
    pods.forEach(pod -> ids.add(pod.id()));
    sweepStates(ids);
    sweepNetwork(ids);
    return pods;
  }

  /** Whether the pod is still there afterwards. */
  private boolean recover(Pod pod) {
    boolean sameBoot = pod.state().record().bootId().equals(bootId);
    try {
      if (sameBoot) {
        connect(pod);
      }
      return switch (pod.state().phase()) {
        case READY -> true;
        case CREATING -> {
          LOG.info("pod {} was being created when the agent ended; undoing it", pod.id());
          ladder.descend(pod);
          ladder.erase(pod);
          yield false;
        }
        case NOT_READY -> true;
      };
    } catch (IOException | RuntimeException stuck) {
      LOG.error("cannot recover pod {}; Stop and Remove will try again", pod.id(), stuck);
      pod.become(pod.state().notReady("it could not be recovered: " + stuck.getMessage()));
      return true;
    }
  }

  private void connect(Pod pod) {
    try {
      ShimClient shim = shims.connect(pod);
      pod.attach(shim);
      ShimHolder.releaseAll(shim);
    } catch (IOException gone) {
      if (pod.state().phase() == PodState.Phase.READY) {
        LOG.error("the shim of pod {} does not answer: {}", pod.id(), gone.getMessage());
        pod.become(pod.state().notReady("its shim is gone"));
      }
    }
  }

  /** State directories without a record: an erasure that did not get to its end. */
  private void sweepStates(Set<String> known) throws IOException {
    try (var directories = Files.newDirectoryStream(PodPaths.states(store.paths("x").state()))) {
      for (Path directory : directories) {
        String id = String.valueOf(directory.getFileName());
        if (!known.contains(id)) {
          ladder.sweep(store.paths(id));
        }
      }
    }
  }

  private void sweepNetwork(Set<String> known) throws InterruptedException {
    try {
      for (AttachmentRecord owed : cni.recover(known)) {
        LOG.info("releasing the network of pod {}, which is gone", owed.podId());
        cni.del(owed, new ProcessRunner());
      }
    } catch (CniException failure) {
      LOG.error("cannot release the network of a pod that is gone", failure);
    }
  }
}
