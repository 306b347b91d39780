package dev.carafe.node.kube;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a copy of the cluster's RDT configurations and says when it changes. It lists and watches
 * by itself for as long as it is open, and goes on when the API server was away. Thread-safe.
 */
public final class RdtWatch implements AutoCloseable {
  private static final String KEY = "rdt.yaml";

  private final SharedIndexInformer<RdtClassConfig> resources;
  private final SharedIndexInformer<ConfigMap> configMaps;

  private RdtWatch(
      SharedIndexInformer<RdtClassConfig> resources, SharedIndexInformer<ConfigMap> configMaps) {
    this.resources = resources;
    this.configMaps = configMaps;
  }

  /**
   * Begins to watch.
   *
   * @param namespace of the ConfigMap
   * @param configMap its name
   * @param changed called on the client's threads whenever something may have changed; must not
   *     wait
   */
  public static RdtWatch start(
      KubernetesClient client, String namespace, String configMap, Runnable changed) {
    SharedIndexInformer<RdtClassConfig> resources =
        client.resources(RdtClassConfig.class).runnableInformer(0);
    SharedIndexInformer<ConfigMap> configMaps =
        client.configMaps().inNamespace(namespace).withName(configMap).runnableInformer(0);
    resources.addEventHandler(new Poke<>(changed));
    configMaps.addEventHandler(new Poke<>(changed));
    for (SharedIndexInformer<?> informer : List.of(resources, configMaps)) {
      informer.exceptionHandler((started, problem) -> true);
      informer.start();
    }
    return new RdtWatch(resources, configMaps);
  }

  /** Whether both were listed once: before, an empty copy says nothing. */
  public boolean complete() {
    return resources.hasSynced() && configMaps.hasSynced();
  }

  /** What holds for a node with these labels, as far as is known now; null for nothing. */
  public @Nullable RdtSource choose(Map<String, String> labels) {
    String text = null;
    for (ConfigMap map : configMaps.getStore().list()) {
      text = map.getData() == null ? null : map.getData().get(KEY);
    }
    return RdtSource.choose(labels, resources.getStore().list(), text);
  }

  @Override
  public void close() {
    resources.close();
    configMaps.close();
  }

  private record Poke<T>(Runnable changed) implements ResourceEventHandler<T> {
    Poke {
      requireNonNull(changed, "changed is null");
    }

    @Override
    public void onAdd(T added) {
      changed.run();
    }

    @Override
    public void onUpdate(T before, T after) {
      changed.run();
    }

    @Override
    public void onDelete(T gone, boolean stateUnknown) {
      changed.run();
    }
  }
}
