package dev.carafe.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SystemdBusTest {
  @Test
  void aUsersBusIsWhereItsSessionSays() {
    Map<String, String> runtime = Map.of("XDG_RUNTIME_DIR", "/run/user/7");
    assertThat(SystemdBus.ofUser(runtime))
        .isEqualTo(new SystemdBus(Path.of("/run/user/7/bus"), true));
    Map<String, String> address =
        Map.of(
            "DBUS_SESSION_BUS_ADDRESS",
            "unix:path=/tmp/bus,guid=1",
            "XDG_RUNTIME_DIR",
            "/run/user/7");
    assertThat(SystemdBus.ofUser(address)).isEqualTo(new SystemdBus(Path.of("/tmp/bus"), true));
    assertThatThrownBy(() -> SystemdBus.ofUser(Map.of())).hasMessageContaining("XDG_RUNTIME_DIR");
  }

  @Test
  void theBusKnowsUsersAsTheyAreOutside() {
    List<String> map =
        List.of("         0       1000          1", "         1     100000      65536");
    assertThat(SystemdBus.outside(map, 0)).isEqualTo(1000);
    assertThat(SystemdBus.outside(map, 5)).isEqualTo(100_004);
    assertThat(SystemdBus.outside(List.of("0 0 4294967295"), 7)).isEqualTo(7);
  }
}
