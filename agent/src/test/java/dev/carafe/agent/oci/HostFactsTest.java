package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostFactsTest {
  @TempDir Path cgroups;

  @Test
  void unified() throws IOException {
    Files.writeString(cgroups.resolve("cgroup.controllers"), "cpu memory hugetlb\n");
    HostFacts facts = HostFacts.read(cgroups);
    assertThat(facts.unifiedCgroups()).isTrue();
    assertThat(facts.hugetlbLimits()).isTrue();
    assertThat(facts.hostname()).isNotBlank();
    assertThat(facts.boundingCapabilities()).isNotZero();
  }

  @Test
  void legacyAndHybrid() throws IOException {
    assertThat(HostFacts.read(cgroups))
        .extracting(HostFacts::unifiedCgroups, HostFacts::swapLimits, HostFacts::hugetlbLimits)
        .containsExactly(false, false, false);
    Files.createDirectories(cgroups.resolve("memory"));
    Files.writeString(cgroups.resolve("memory/memory.memsw.limit_in_bytes"), "1");
    Files.createDirectories(cgroups.resolve("unified"));
    Files.writeString(cgroups.resolve("unified/cgroup.controllers"), "hugetlb\n");
    assertThat(HostFacts.read(cgroups))
        .extracting(HostFacts::unifiedCgroups, HostFacts::swapLimits, HostFacts::hugetlbLimits)
        .containsExactly(false, true, true);
  }
}
