package dev.carafe.node;

import static java.util.Objects.requireNonNull;

import dev.carafe.node.kube.NodeEvents;
import dev.carafe.node.kube.RdtClassConfig;
import dev.carafe.node.kube.RdtSource;
import dev.carafe.node.kube.RdtStatus;
import dev.carafe.node.rdt.Carafed;
import dev.carafe.node.rdt.Carafed.UnreachableException;
import dev.carafe.node.rdt.RdtFile;
import java.io.IOException;
import java.util.Objects;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Brings the cluster's RDT classes to the host: file, reload, and the outcome back to where they
 * came from. A configuration that carafed refuses is taken back, so that a restart of carafed finds
 * the one that is in force. One thread.
 */
final class RdtFollower {
  private static final Logger LOG = LogManager.getLogger(RdtFollower.class);

  private final RdtFile file;
  private final Carafed carafed;
  private final RdtStatus status;
  private final NodeEvents events;
  private @Nullable String refused;
  private String refusal = "";

  RdtFollower(RdtFile file, Carafed carafed, RdtStatus status, NodeEvents events) {
    this.file = requireNonNull(file, "file is null");
    this.carafed = requireNonNull(carafed, "carafed is null");
    this.status = requireNonNull(status, "status is null");
    this.events = requireNonNull(events, "events is null");
  }

  /**
   * Makes the host follow.
   *
   * @param source null when the cluster has nothing for this node
   * @throws UnreachableException when carafed does not answer; the caller tries again
   */
  void follow(@Nullable RdtSource source) throws IOException, UnreachableException {
    String wanted = source == null ? null : source.text();
    if (wanted != null && wanted.equals(refused)) {
      // Judged already: carafed is asked again when the text changes.
      report(source, false, refusal);
      return;
    }
    String before = file.text();
    if (Objects.equals(wanted, before)) {
      report(source, true, "in force");
      return;
    }
    file.replace(wanted);
    Carafed.Reloaded outcome;
    try {
      outcome = carafed.reload();
    } catch (UnreachableException silent) {
      // Not judged: the next try must find a difference.
      file.replace(before);
      throw silent;
    }
    if (outcome.accepted()) {
      refused = null;
      LOG.info("the cluster's RDT classes are in force: {}", outcome.message());
    } else {
      file.replace(before);
      refused = wanted;
      refusal = outcome.message();
      LOG.warn("the cluster's RDT classes are refused: {}", refusal);
      events.aboutNode("Warning", "RdtConfigurationRefused", refusal);
    }
    report(source, outcome.accepted(), outcome.message());
  }

  private void report(@Nullable RdtSource source, boolean accepted, String message) {
    if (source == null) {
      return;
    }
    RdtClassConfig resource = source.resource();
    if (resource != null) {
      status.write(resource, accepted ? "Applied" : "Refused", message);
      String winner = resource.getMetadata().getName();
      source
          .shadowed()
          .forEach(other -> status.write(other, "Shadowed", winner + " selects this node too"));
    }
  }
}
