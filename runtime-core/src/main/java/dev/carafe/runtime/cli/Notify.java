package dev.carafe.runtime.cli;

import dev.carafe.runtime.container.ContainerException;
import dev.carafe.runtime.container.ContainerRecord;
import dev.carafe.runtime.spec.Mount;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * sd_notify(3) of a container's program. Where the caller of create or run has a NOTIFY_SOCKET, the
 * container has another one, and what it says about READY goes to the caller's: a service manager
 * hears it from the process that it started.
 */
final class Notify {
  private static final String VARIABLE = "NOTIFY_SOCKET";
  private static final String DIRECTORY = "notify";
  private static final String NAME = "notify.sock";
  private static final String INSIDE = "/run/notify";

  private final Session session;
  private final Path directory;
  private boolean open;

  Notify(Session session, String id) throws ContainerException {
    this.session = session;
    this.directory = session.store().directory(id).resolve(DIRECTORY);
  }

  private String host() {
    return session.caller().environment().getOrDefault(VARIABLE, "");
  }

  /** The same configuration with a directory for the socket, if there is to be one. */
  Spec prepare(Spec spec) throws IOException {
    Process process = spec.process();
    if (host().isEmpty() || process == null) {
      return spec;
    }
    Files.createDirectory(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    List<Mount> mounts = new ArrayList<>(spec.mounts());
    List<String> options = List.of("bind", "nosuid", "noexec", "nodev", "ro");
    mounts.add(new Mount(INSIDE, "bind", directory.toString(), options));
    return spec.with(mounts)
        .with(process.withEnvironment(List.of(VARIABLE + "=" + INSIDE + "/" + NAME)));
  }

  /** Makes the socket, before the program can look for it; nothing without a directory for it. */
  void open() throws IOException {
    if (!host().isEmpty() && Files.isDirectory(directory)) {
      session.front().notifies(directory.resolve(NAME).toString(), host());
      open = true;
    }
  }

  /** Waits until READY was passed on, or the program has ended. */
  void await(ContainerRecord record) throws IOException {
    if (open) {
      session.front().awaitReady(record.pid(), record.startTime());
    }
  }
}
