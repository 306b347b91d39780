package dev.carafe.runtime.dbus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client against a bus of its own, by the real dbus-daemon. */
final class DBusConnectionIT {
  private static final String BUS = "org.freedesktop.DBus";
  private static final String OBJECT = "/org/freedesktop/DBus";
  private static final Path DAEMON = Path.of("/usr/bin/dbus-daemon");

  @TempDir private Path directory;
  private Process daemon;
  private DBusConnection bus;

  @BeforeEach
  void start() throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(DAEMON), "SKIP dbus: no dbus-daemon is installed");
    Path socket = directory.resolve("bus");
    daemon =
        new ProcessBuilder(
                DAEMON.toString(),
                "--session",
                "--nofork",
                "--print-address",
                "--address=unix:path=" + socket)
            .start();
    assertThat(daemon.inputReader().readLine()).contains(socket.toString());
    long uid = ((Integer) Files.getAttribute(directory, "unix:uid")).longValue();
    bus = DBusConnection.open(socket, uid, Duration.ofSeconds(20));
  }

  @AfterEach
  void stop() throws Exception {
    if (bus != null) {
      bus.close();
    }
    if (daemon != null) {
      daemon.destroyForcibly().waitFor();
    }
  }

  @Test
  void callsAreAnswered() throws Exception {
    List<Object> names = bus.call(BUS, OBJECT, BUS, "ListNames", "", List.of());
    assertThat(names)
        .singleElement()
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
        .contains(BUS);
    assertThat(bus.call(BUS, OBJECT, BUS, "RequestName", "su", List.of("dev.carafe.Test", 0)))
        .isEqualTo(List.of(1));
  }

  @Test
  void signalsThatCameBeforeTheReplyAreKept() throws Exception {
    bus.match("type='signal',member='NameOwnerChanged',arg0='dev.carafe.Test'");
    bus.call(BUS, OBJECT, BUS, "RequestName", "su", List.of("dev.carafe.Test", 0));
    DBusMessage changed =
        bus.signal(signal -> signal.member().equals("NameOwnerChanged"), "the name's owner");
    assertThat(changed.body()).startsWith("dev.carafe.Test", "");
  }

  @Test
  void errorsHaveTheirNames() {
    assertThatThrownBy(() -> bus.call(BUS, OBJECT, BUS, "GetNameOwner", "s", List.of("no.body")))
        .isInstanceOfSatisfying(
            DBusException.class,
            e -> assertThat(e.name()).isEqualTo("org.freedesktop.DBus.Error.NameHasNoOwner"))
        .hasMessageContaining("GetNameOwner failed with ");
  }

  @Test
  void aLateAnswerAndAnEndOfTheBusAreErrors() throws Exception {
    try (DBusConnection hasty =
        DBusConnection.open(directory.resolve("bus"), 0, Duration.ofMillis(200))) {
      assertThatThrownBy(() -> hasty.signal(signal -> signal.path().equals("/none"), "nothing"))
          .isInstanceOf(DBusException.class)
          .hasMessageContaining("no answer to ");
      daemon.destroyForcibly().waitFor();
      assertThatThrownBy(() -> hasty.call(BUS, OBJECT, BUS, "GetId", "", List.of()))
          .isInstanceOf(java.io.IOException.class);
    }
  }
}
