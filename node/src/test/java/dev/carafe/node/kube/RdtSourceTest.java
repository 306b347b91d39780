package dev.carafe.node.kube;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who has a configuration for the node. */
class RdtSourceTest {
  private static RdtClassConfig resource(String name, int priority, Map<String, String> selector) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.putObject("partitions").putObject(name);
    RdtClassConfig resource = new RdtClassConfig();
    resource.getMetadata().setName(name);
    resource.setSpec(new RdtClassConfigSpec(selector, priority, config));
    return resource;
  }

  @Test
  void theHighestPriorityThatSelectsTheNode() {
    RdtSource source =
        RdtSource.choose(
            Map.of("zone", "a", "disk", "ssd"),
            List.of(
                resource("low", 1, Map.of()),
                resource("other", 9, Map.of("zone", "b")),
                resource("b", 5, Map.of("zone", "a")),
                resource("a", 5, Map.of("zone", "a", "disk", "ssd"))),
            "unused");

    assertThat(source).isNotNull();
    assertThat(source.text()).contains("\"a\"");
    assertThat(source.shadowed())
        .extracting(one -> one.getMetadata().getName())
        .containsExactly("b", "low");
  }

  @Test
  void elseTheConfigMapElseNothing() {
    RdtClassConfig elsewhere = resource("x", 1, Map.of("zone", "b"));

    RdtSource source =
        RdtSource.choose(Map.of("zone", "a"), List.of(elsewhere), "partitions: {}\n");
    assertThat(source).isNotNull();
    assertThat(source.text()).isEqualTo("partitions: {}\n");
    assertThat(source.resource()).isNull();
    assertThat(RdtSource.choose(Map.of(), List.of(), null)).isNull();
    assertThat(RdtSource.choose(Map.of(), List.of(), " \n")).isNull();
  }

  @Test
  void resourceWithoutConfigurationSelectsNothing() {
    RdtClassConfig empty = new RdtClassConfig();
    empty.getMetadata().setName("empty");

    assertThat(RdtSource.choose(Map.of(), List.of(empty), null)).isNull();
  }
}
