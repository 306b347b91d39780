package dev.carafe.node.host;

import static java.util.Objects.requireNonNull;

import dev.carafe.node.host.InstallRecord.Outcome;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Brings a build into use, step by step. Every step can be repeated: an installer that was killed,
 * by its own restart of the kubelet for one, begins again at the first and comes to where it was. A
 * step that fails undoes itself and those before it, and the build is not tried again until the
 * build or {@link HostSettings#retry} changes. Not thread-safe; one at a time on a host.
 */
public final class Installer {
  private static final Logger LOG = LogManager.getLogger(Installer.class);

  private static final String LOCK = "/var/lib/carafe-node/lock";

  private final HostSettings host;
  private final ServiceUnit unit;
  private final List<Step> steps;
  private final NodeGate gate;

  /** An installer of a host. */
  public Installer(
      HostSettings host,
      HostCommands commands,
      NodeGate gate,
      FormerRuntime former,
      boolean drain) {
    this.host = requireNonNull(host, "host is null");
    this.gate = requireNonNull(gate, "gate is null");
    this.unit = new ServiceUnit(host, new Systemd(commands));
    this.steps = new Steps(host, commands, gate, former, drain).all();
  }

  /**
   * Installs the settings' tree.
   *
   * @return whether it is in use; false when it failed before and is not tried again
   * @throws HostException when it failed now; what was before is in use again
   */
  public boolean install() throws HostException, IOException, InterruptedException {
    // After the kubelet has changed its runtime there are two of us for a while.
    Path lock = host.path(LOCK);
    Files.createDirectories(lock.getParent());
    try (FileChannel channel =
            FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      LOG.debug("alone with {}", held);
      return installAlone();
    }
  }

  private boolean installAlone() throws HostException, IOException, InterruptedException {
    String build = Versions.buildOf(host.tree());
    InstallRecord known = InstallRecord.read(host);
    if (known != null && known.outcome() == Outcome.FAILED && known.isOf(build, host)) {
      LOG.warn("build {} failed before: {}", build, known.message());
      gate.failed(build, known.message());
      return false;
    }
    if (known != null && inUse(known, build)) {
      gate.open(build);
      return true;
    }
    InstallRecord record = begin(build, known);
    if (record.outcome() == Outcome.UNDOING) {
      undo(record, steps.size() - 1);
      throw new HostException(record.message());
    }
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      record = record.at(step.name());
      record.write(host);
      try {
        step.act().run(record);
      } catch (HostException | IOException failure) {
        String message = "%s: %s: %s".formatted(build, step.name(), failure.getMessage());
        LOG.error("the installation failed: {}", message, failure);
        record = record.ended(Outcome.UNDOING, message);
        record.write(host);
        undo(record, i);
        throw new HostException(message, failure);
      }
    }
    finish(record);
    return true;
  }

  /** Whether there is nothing to do; a unit that a reboot forgot is something. */
  private boolean inUse(InstallRecord known, String build) throws IOException {
    return known.outcome() == Outcome.DONE
        && known.isOf(build, host)
        && build.equals(new Versions(host.path(Steps.HOME)).current())
        && unit.installed() == host.mode();
  }

  /** The record of an attempt that goes on, or of a new one. */
  private InstallRecord begin(String build, @Nullable InstallRecord known) throws IOException {
    boolean goesOn =
        known != null
            && known.isOf(build, host)
            && (known.outcome() == Outcome.RUNNING || known.outcome() == Outcome.UNDOING);
    if (known != null && goesOn) {
      return known;
    }
    String previous = new Versions(host.path(Steps.HOME)).current();
    InstallRecord record =
        InstallRecord.begin(build, host, previous, previous == null ? null : unit.installed());
    record.write(host);
    return record;
  }

  private void finish(InstallRecord record)
      throws HostException, IOException, InterruptedException {
    record.ended(Outcome.DONE, "").write(host);
    Set<String> keep = new HashSet<>(Set.of(record.build()));
    if (record.previous() != null) {
      keep.add(record.previous());
    }
    new Versions(host.path(Steps.HOME)).prune(keep);
    gate.open(record.build());
    LOG.info("build {} is in use", record.build());
  }

  /**
   * Undoes the steps down from {@code last}; one that cannot be undone does not stop the others.
   */
  private void undo(InstallRecord record, int last) throws IOException, InterruptedException {
    List<String> left = new ArrayList<>();
    for (int i = last; i >= 0; i--) {
      try {
        steps.get(i).undo().run(record);
      } catch (HostException | IOException failure) {
        LOG.error("cannot undo {}", steps.get(i).name(), failure);
        left.add(steps.get(i).name() + ": " + failure.getMessage());
      }
    }
    String message =
        record.message() + (left.isEmpty() ? "" : "; not undone: " + String.join("; ", left));
    record.ended(Outcome.FAILED, message).write(host);
    try {
      gate.failed(record.build(), message);
    } catch (HostException unheard) {
      LOG.error("the cluster does not hear of the failure", unheard);
    }
  }

  /** A rung of the ladder. */
  record Step(String name, Action act, Action undo) {
    Step {
      requireNonNull(name, "name is null");
      requireNonNull(act, "act is null");
      requireNonNull(undo, "undo is null");
    }

    /** What is done or undone; can be repeated. */
    interface Action {
      void run(InstallRecord record) throws HostException, IOException, InterruptedException;
    }
  }
}
