package dev.carafe.runtime.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.spec.Capability;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ProcessCapabilitiesTest {
  @Test
  void readsBothSets() {
    ProcessCapabilities found =
        ProcessCapabilities.parse(
            List.of("Name:\tx", "CapEff:\t0000000000000021", "CapBnd:\tffffffffffffffff"));
    assertThat(found.effective()).containsExactly(Capability.CHOWN, Capability.KILL);
    assertThat(found.bounding()).containsExactly(Capability.values());
  }

  @Test
  void ownSetsAreWithinTheBoundingSet() {
    ProcessCapabilities own = ProcessCapabilities.ofSelf();
    assertThat(own.bounding()).containsAll(own.effective());
  }
}
