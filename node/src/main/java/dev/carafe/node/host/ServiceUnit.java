package dev.carafe.node.host;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The host's {@code carafe.service}. For mode beside its file lies below {@code /run}, which a
 * reboot forgets, for mode replace below {@code /etc}, where it is also enabled. All but {@link
 * #restart} can be repeated after a kill in the middle.
 */
final class ServiceUnit {
  private static final String NAME = "carafe.service";

  private final HostSettings host;
  private final Systemd systemd;

  ServiceUnit(HostSettings host, Systemd systemd) {
    this.host = requireNonNull(host, "host is null");
    this.systemd = requireNonNull(systemd, "systemd is null");
  }

  private Path file(Mode mode) {
    return host.path(
        switch (mode) {
          case BESIDE -> "/run/systemd/system/" + NAME;
          case REPLACE -> "/etc/systemd/system/" + NAME;
        });
  }

  /** The mode that it is installed for; null when it is not. */
  @Nullable Mode installed() {
    for (Mode mode : new Mode[] {Mode.REPLACE, Mode.BESIDE}) {
      if (Files.exists(file(mode))) {
        return mode;
      }
    }
    return null;
  }

  /** Makes it a tree's, for this mode and no other. */
  void place(Path tree, Mode mode) throws HostException, IOException, InterruptedException {
    HostFiles.write(file(mode), Files.readString(tree.resolve("share/" + NAME)));
    for (Mode other : Mode.values()) {
      if (other != mode && Files.exists(file(other))) {
        disable(other);
        Files.delete(file(other));
      }
    }
    systemd.daemonReload();
  }

  /** Starts it anew, and in mode replace at each boot. */
  void restart(Mode mode) throws HostException, InterruptedException {
    if (mode == Mode.REPLACE) {
      systemd.enable(NAME);
    }
    systemd.restart(NAME);
  }

  /** Stops it and takes it away, whatever mode it is for. */
  void remove() throws HostException, IOException, InterruptedException {
    for (Mode mode : Mode.values()) {
      if (Files.exists(file(mode))) {
        systemd.stop(NAME);
        disable(mode);
        Files.delete(file(mode));
        systemd.daemonReload();
      }
    }
  }

  private void disable(Mode mode) throws HostException, InterruptedException {
    if (mode == Mode.REPLACE) {
      systemd.disable(NAME);
    }
  }
}
