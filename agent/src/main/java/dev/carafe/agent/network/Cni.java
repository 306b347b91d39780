package dev.carafe.agent.network;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.network.AttachmentRecord.Phase;
import dev.carafe.agent.network.PluginCalls.Verb;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Attaches pods to the cluster's network and detaches them.
 *
 * <p>A record says PENDING before ADD begins and ATTACHED after its end, so that whoever comes
 * after a kill -9 knows to whom DEL is owed ({@link #recover}). Thread-safe; calls for one pod are
 * ordered by the caller's lock of that pod. Calls block: use virtual threads.
 */
public final class Cni {
  private final Supplier<CarafeConfig.Network> settings;
  private final AttachmentStore store;
  private final CniConfigLoader loader = new CniConfigLoader();

  /**
   * Makes the entrance to the network.
   *
   * @param settings as they are now: directories of configurations and plugins may change, {@code
   *     cache_dir} may not
   */
  public Cni(Supplier<CarafeConfig.Network> settings) {
    this.settings = requireNonNull(settings, "settings");
    this.store = new AttachmentStore(settings.get().cacheDir().resolve("results"));
  }

  /**
   * Calls ADD of each plugin in turn. When one fails, DEL is called of all before this throws; when
   * DEL fails as well, it stays owed. A pod that is attached gets the result that it has.
   *
   * @throws CniException names the plugin and what it said; or says that no network is configured
   * @throws IllegalArgumentException an annotation of the pod is not understood
   */
  public CniResult add(Attachment attachment, PluginRunner runner)
      throws CniException, InterruptedException {
    AttachmentRecord known = read(attachment.podId(), attachment.ifname());
    if (known != null && known.phase() == Phase.ATTACHED) {
      return resultOf(known);
    }
    if (known != null) {
      delete(known, runner);
    }
    if (!NetnsPin.isAlive(attachment.netns())) {
      throw new CniException(
          "pod %s: %s is no network namespace; its pin is gone or was unmounted"
              .formatted(attachment.podId(), attachment.netns()));
    }
    CniConfig config = loader.load(settings.get().confDir());
    CniNetwork network = config.network();
    if (network == null) {
      throw new CniException(config.complaint());
    }
    String missing = calls(runner).missing(network);
    if (missing != null) {
      throw new CniException(missing);
    }
    AttachmentRecord pending = AttachmentRecord.pending(attachment, network);
    write(pending);
    try {
      CniResult result = addAll(network, pending, calls(runner));
      write(pending.attached(result.json()));
      return result;
    } catch (CniException e) {
      undo(pending, runner, e);
      throw e;
    }
  }

  /**
   * Calls DEL of each plugin in reverse, with the configuration and the settings of ADD, though
   * configuration or network namespace be gone. Without a record (a power cut may lose one) DEL is
   * called with the present configuration, which does nothing for a pod that it does not know. To
   * be repeated until it returns.
   *
   * @throws CniException names each plugin that failed; DEL is still owed
   */
  public void del(Attachment attachment, PluginRunner runner)
      throws CniException, InterruptedException {
    AttachmentRecord record = read(attachment.podId(), attachment.ifname());
    if (record != null) {
      delete(record, runner);
      return;
    }
    CniNetwork network = loader.load(settings.get().confDir()).network();
    if (network != null && calls(runner).missing(network) == null) {
      delete(AttachmentRecord.pending(attachment, network), runner);
    }
  }

  /** As {@link #del}, for a record that {@link #recover} gave. */
  public void del(AttachmentRecord record, PluginRunner runner)
      throws CniException, InterruptedException {
    delete(record, runner);
  }

  /**
   * Asks each plugin whether the pod's interface is as ADD left it. Plugins of before 0.4.0 and
   * networks with disableCheck are not asked.
   *
   * @throws CniException names the plugin and what it found; or says that the pod is not attached
   */
  public void check(String podId, String ifname, PluginRunner runner)
      throws CniException, InterruptedException {
    AttachmentRecord record = read(podId, ifname);
    if (record == null || record.phase() != Phase.ATTACHED) {
      throw new CniException("pod " + podId + " has no attached interface " + ifname);
    }
    CniNetwork network = networkOf(record);
    if (network.version().hasCheck() && !network.disableCheck()) {
      for (CniPlugin plugin : network.plugins()) {
        calls(runner).call(Verb.CHECK, network, plugin, record);
      }
    }
  }

  /**
   * What ADD gave for this pod, also before a restart of the agent; null when it is not attached.
   */
  public @Nullable CniResult result(String podId, String ifname) throws CniException {
    AttachmentRecord record = read(podId, ifname);
    return record == null || record.phase() != Phase.ATTACHED ? null : resultOf(record);
  }

  /**
   * The attachments to which DEL is owed: ADD had not ended when the agent did, or the pod is not
   * among these.
   *
   * @param podIds of the pods that are to keep their network
   */
  public List<AttachmentRecord> recover(Set<String> podIds) throws CniException {
    try {
      store.sweep();
      return store.all().stream()
          .filter(r -> r.phase() == Phase.PENDING || !podIds.contains(r.podId()))
          .toList();
    } catch (IOException e) {
      throw new CniException("the network's records cannot be read: " + e.getMessage(), e);
    }
  }

  /** Whether pods can be attached now; asks the plugins where the network's version has STATUS. */
  public NetworkReadiness readiness() throws InterruptedException {
    CarafeConfig.Network now = settings.get();
    return NetworkReadiness.of(loader.load(now.confDir()), calls(new ProcessRunner()));
  }

  private static CniResult addAll(CniNetwork network, AttachmentRecord pending, PluginCalls calls)
      throws CniException, InterruptedException {
    CniResult result = null;
    for (CniPlugin plugin : network.plugins()) {
      ObjectNode previous = result == null ? null : result.json();
      result = calls.add(network, plugin, pending, previous);
    }
    return requireNonNull(result, "a network has at least one plugin");
  }

  private void undo(AttachmentRecord pending, PluginRunner runner, CniException cause)
      throws InterruptedException {
    try {
      delete(pending, runner);
    } catch (CniException e) {
      cause.addSuppressed(e);
    }
  }

  private void delete(AttachmentRecord record, PluginRunner runner)
      throws CniException, InterruptedException {
    CniNetwork network = networkOf(record);
    PluginCalls calls = calls(runner);
    CniException failure = null;
    for (CniPlugin plugin : network.plugins().reversed()) {
      try {
        calls.call(Verb.DEL, network, plugin, record);
      } catch (CniException e) {
        failure = failure == null ? e : joined(failure, e);
      }
    }
    if (failure != null) {
      throw failure;
    }
    try {
      store.remove(record);
    } catch (IOException e) {
      throw new CniException("the network's record cannot be removed: " + e.getMessage(), e);
    }
  }

  private PluginCalls calls(PluginRunner runner) {
    return new PluginCalls(runner, settings.get().binDirs());
  }

  private @Nullable AttachmentRecord read(String podId, String ifname) throws CniException {
    try {
      return store.read(podId, ifname);
    } catch (IOException e) {
      throw new CniException("the network's record cannot be read: " + e.getMessage(), e);
    }
  }

  private void write(AttachmentRecord record) throws CniException {
    try {
      store.write(record);
    } catch (IOException e) {
      throw new CniException("the network's record cannot be written: " + e.getMessage(), e);
    }
  }

  private static CniNetwork networkOf(AttachmentRecord record) throws CniException {
    try {
      return CniNetwork.parse(JsonPlace.root(record.network()));
    } catch (JsonPlace.MalformedException e) {
      throw damaged(record, e);
    }
  }

  private static CniResult resultOf(AttachmentRecord record) throws CniException {
    CniVersion version = networkOf(record).version();
    try {
      return CniResult.parse(JsonPlace.root(requireNonNull(record.result())), version);
    } catch (JsonPlace.MalformedException e) {
      throw damaged(record, e);
    }
  }

  private static CniException damaged(AttachmentRecord record, Exception cause) {
    return new CniException(
        "the network's record of pod " + record.podId() + " is damaged: " + cause.getMessage(),
        cause);
  }

  private static CniException joined(CniException first, CniException second) {
    CniException both = new CniException(first.getMessage() + "; " + second.getMessage(), first);
    both.addSuppressed(second);
    return both;
  }
}
