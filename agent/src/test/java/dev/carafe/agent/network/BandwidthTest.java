package dev.carafe.agent.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BandwidthTest {
  @ParameterizedTest
  @CsvSource({
    "1000, 1000",
    "1k, 1000",
    "10M, 10000000",
    "1.5G, 1500000000",
    ".5M, 500000",
    "2000., 2000",
    "1Ki, 1024",
    "2Mi, 2097152",
    "1Gi, 1073741824",
    "1e6, 1000000",
    "2E3, 2000",
    "1500000m, 1500",
    "1000000000001n, 1001",
    "1500500000u, 1501",
    "1P, 1000000000000000",
  })
  void quantitiesAreReadAsKubernetesReadsThem(String text, long bits) {
    assertThat(Bandwidth.of(Map.of(Bandwidth.EGRESS, text))).isEqualTo(new Bandwidth(0, bits));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "fast",
        "-1M",
        "999",
        "2.",
        "1000000001n",
        "2P",
        "1E",
        "10 M",
        "1e999",
        "1e6M",
        "10mb",
        "0x10",
        "."
      })
  void whatIsNoRateIsRefusedByName(String text) {
    assertThatThrownBy(() -> Bandwidth.of(Map.of(Bandwidth.INGRESS, text)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "annotation kubernetes.io/ingress-bandwidth = \"%s\": expected a quantity of bits/s from 1k to 1P, like 10M"
                .formatted(text));
  }

  @Test
  void withoutAnnotationsThereIsNoLimit() {
    assertThat(Bandwidth.of(Map.of("x", "y")).isUnlimited()).isTrue();
  }
}
