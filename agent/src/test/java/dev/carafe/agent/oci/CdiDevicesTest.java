package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.cdi.CdiEdits;
import dev.carafe.cri.v1.CDIDevice;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CdiDevicesTest {
  @Test
  void namesComeFromTheFieldAndTheOlderAnnotationsEachOnce() {
    ContainerConfig config =
        ContainerConfig.newBuilder()
            .addCDIDevices(CDIDevice.newBuilder().setName("v/c=1"))
            .putAnnotations("cdi.k8s.io/b", "v/c=3,v/c=1")
            .putAnnotations("cdi.k8s.io/a", "v/c=2")
            .putAnnotations("other", "v/c=9")
            .build();
    assertThat(CdiDevices.names(config)).containsExactly("v/c=1", "v/c=2", "v/c=3");
  }

  @Test
  void variablesReplaceThoseOfTheSameName() {
    CdiEdits edits =
        new CdiEdits(List.of("A=2", "C=3"), List.of(), List.of(), List.of(), List.of());
    assertThat(CdiDevices.env(List.of("A=1", "B=1"), edits)).containsExactly("A=2", "B=1", "C=3");
  }

  @Test
  void aNodeWithoutAnOwnerIsTheUsers() {
    Device own = new Device("/dev/x", Device.Type.CHAR, 1, 1, 0600, 0L, 0L);
    Device replaced = new Device("/dev/x", Device.Type.CHAR, 2, 2, 0600, null, 5L);
    DeviceRule rule = new DeviceRule(true, Device.Type.CHAR, 2L, 2L, "r");
    CdiEdits edits =
        new CdiEdits(List.of(), List.of(replaced), List.of(rule), List.of(), List.of(9L, 4L));
    EffectiveUser user = new EffectiveUser(1000, 1001, List.of(1001L, 4L), "/");

    assertThat(CdiDevices.devices(new DeviceAccess(List.of(own), List.of()), edits, user))
        .isEqualTo(
            new DeviceAccess(
                List.of(new Device("/dev/x", Device.Type.CHAR, 2, 2, 0600, 1000L, 5L)),
                List.of(rule)));
    assertThat(CdiDevices.user(user, edits).groups()).containsExactly(1001L, 4L, 9L);
  }
}
