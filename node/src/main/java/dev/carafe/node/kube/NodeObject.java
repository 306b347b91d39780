package dev.carafe.node.kube;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.ResourceNotFoundException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * This node's object in the cluster. Changes are patches of what differs, so that what others write
 * meanwhile stays. Thread-safe.
 */
public final class NodeObject {
  private final KubernetesClient client;
  private final String name;

  /** The object with this name. */
  public NodeObject(KubernetesClient client, String name) {
    this.client = requireNonNull(client, "client is null");
    this.name = requireNonNull(name, "name is null");
  }

  /** The node's name. */
  public String name() {
    return name;
  }

  /**
   * The object as it is now.
   *
   * @throws io.fabric8.kubernetes.client.KubernetesClientException when the API does not answer
   */
  public Node get() {
    return ask(() -> client.nodes().withName(name).require());
  }

  /** Sets labels and annotations; a null value takes one away. */
  public void mark(
      Map<String, @Nullable String> labels, Map<String, @Nullable String> annotations) {
    edit(node ->
        new NodeBuilder(node)
            .editOrNewMetadata()
            .withLabels(merged(node.getMetadata().getLabels(), labels))
            .withAnnotations(merged(node.getMetadata().getAnnotations(), annotations))
            .endMetadata()
            .build());
  }

  /** Puts the taint NoSchedule with this key on the node. */
  public void taint(String key) {
    edit(node -> {
      List<Taint> taints = without(node, key);
      taints.add(new TaintBuilder().withKey(key).withEffect("NoSchedule").build());
      return new NodeBuilder(node).editOrNewSpec().withTaints(taints).endSpec().build();
    });
  }

  /** Takes that taint away. */
  public void untaint(String key) {
    edit(node ->
        new NodeBuilder(node).editOrNewSpec().withTaints(without(node, key)).endSpec().build());
  }

  /** Offers {@code amount} of an extended resource; 0 takes the offer back. */
  public void offer(String resource, int amount) {
    ask(() -> client.nodes().withName(name).editStatus(node -> offering(node, resource, amount)));
  }

  private static Node offering(Node node, String resource, int amount) {
    Map<String, Quantity> before = node.getStatus().getCapacity();
    Map<String, Quantity> capacity = new HashMap<>(before == null ? Map.of() : before);
    if (amount == 0) {
      capacity.remove(resource);
    } else {
      capacity.put(resource, new Quantity(Integer.toString(amount)));
    }
    return new NodeBuilder(node).editStatus().withCapacity(capacity).endStatus().build();
  }

  private void edit(UnaryOperator<Node> change) {
    ask(() -> client.nodes().withName(name).edit(change));
  }

  /** fabric8 has another exception, of another family, for what cannot be read before a change. */
  private static <T> T ask(Supplier<T> call) {
    try {
      return call.get();
    } catch (ResourceNotFoundException unread) {
      throw new KubernetesClientException(String.valueOf(unread.getMessage()), unread);
    }
  }

  private static List<Taint> without(Node node, String key) {
    List<Taint> taints =
        new ArrayList<>(
            node.getSpec() == null || node.getSpec().getTaints() == null
                ? List.of()
                : node.getSpec().getTaints());
    taints.removeIf(taint -> key.equals(taint.getKey()));
    return taints;
  }

  private static Map<String, String> merged(
      @Nullable Map<String, String> before, Map<String, @Nullable String> changes) {
    Map<String, String> all = new HashMap<>(before == null ? Map.of() : before);
    changes.forEach((key, value) -> {
      if (value == null) {
        all.remove(key);
      } else {
        all.put(key, value);
      }
    });
    return all;
  }
}
