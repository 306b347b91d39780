package dev.carafe.runtime.cli;

import dev.carafe.runtime.container.Container;
import dev.carafe.runtime.container.ContainerException;
import dev.carafe.runtime.container.ContainerRecord;
import dev.carafe.runtime.container.Status;
import dev.carafe.runtime.linux.Errno;
import dev.carafe.runtime.linux.Signals;
import dev.carafe.runtime.spec.Hooks;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/** Commands that take a container from one status to another. */
final class LifecycleCommands {
  private static final int SIGKILL = 9;
  private static final int ESRCH = 3;

  private LifecycleCommands() {}

  /** One byte through the FIFO: a container that died meanwhile leaves it unread. */
  static int start(Session session, Arguments arguments) throws Exception {
    Container container = session.container(arguments);
    switch (container.status()) {
      case CREATED -> {}
      case STOPPED -> throw new Failure("cannot start a container that has stopped");
      case RUNNING -> throw new Failure("cannot start an already running container");
      case PAUSED -> throw new Failure("cannot start a container in the paused state");
    }
    Notify notify = new Notify(session, container.record().id());
    notify.open();
    Path fifo = session.store().fifo(container.record().id());
    try (RandomAccessFile out = new RandomAccessFile(fifo.toFile(), "rw")) {
      out.write(0);
    }
    Files.deleteIfExists(fifo);
    int code = afterStart(session, container);
    notify.await(container.record());
    return code;
  }

  /** A container whose poststart hook fails does not go on. */
  private static int afterStart(Session session, Container container) throws Exception {
    Hooks hooks = container.spec().hooks();
    if (hooks == null || hooks.poststart().isEmpty()) {
      return 0;
    }
    ContainerRecord record = container.record();
    try {
      new HookRunner(session.front())
          .run("poststart", hooks.poststart(), record, "running", record.pid());
    } catch (Failure e) {
      container.killInit(session.front()::kill);
      throw e;
    }
    return 0;
  }

  static int kill(Session session, Arguments arguments) throws Exception {
    List<String> words = arguments.positional();
    Container container = session.container(arguments);
    int signal = signal(words.size() > 1 ? words.get(1) : "SIGTERM");
    Status status = container.status();
    // Without a pid namespace of its own its processes live on when init ends.
    if (signal == SIGKILL
        && !container.record().ownPids()
        && !container.cgroup().procs().isEmpty()) {
      container.cgroup().kill();
      return 0;
    }
    if (status == Status.STOPPED) {
      if (arguments.flag("all")) {
        return 0;
      }
      throw new ContainerException(ContainerException.NOT_RUNNING);
    }
    ContainerRecord record = container.record();
    int errno = session.front().kill(record.pid(), record.startTime(), signal);
    if (errno == ESRCH) {
      throw new ContainerException(ContainerException.NOT_RUNNING);
    }
    if (errno != 0) {
      throw new Failure(
          "unable to signal init: " + Errno.of(errno).text().toLowerCase(Locale.ROOT));
    }
    if (signal == SIGKILL && status == Status.PAUSED) {
      container.cgroup().thaw();
    }
    return 0;
  }

  private static int signal(String text) throws Failure {
    // Signal 0 asks whether there is somebody to signal (kill(2)).
    OptionalInt signal = text.equals("0") ? OptionalInt.of(0) : Signals.number(text);
    if (signal.isEmpty()) {
      throw new Failure("unknown signal \"" + text + "\"");
    }
    return signal.getAsInt();
  }

  static int delete(Session session, Arguments arguments) throws Exception {
    String id = arguments.positional().getFirst();
    boolean force = arguments.flag("force");
    Container container;
    try {
      container = session.container(arguments);
    } catch (ContainerException absent) {
      return absent(session, id, force, absent);
    }
    Status status = container.status();
    if (!force && (status == Status.RUNNING || status == Status.PAUSED)) {
      throw new Failure("cannot delete container " + id + " that is not stopped: " + status.text());
    }
    container.killInit(session.front()::kill);
    new Destruction(session).destroy(container);
    return 0;
  }

  /** A directory without a record is what a killed create left. */
  private static int absent(Session session, String id, boolean force, ContainerException absent)
      throws ContainerException, IOException {
    session.store().remove(id);
    if (!force) {
      throw absent;
    }
    return 0;
  }

  static int pause(Session session, Arguments arguments) throws Exception {
    Container container = session.container(arguments);
    Status status = container.status();
    if (status != Status.RUNNING && status != Status.CREATED) {
      throw new ContainerException(ContainerException.NOT_RUNNING);
    }
    container.cgroup().freeze();
    return 0;
  }

  static int resume(Session session, Arguments arguments) throws Exception {
    Container container = session.container(arguments);
    if (container.status() != Status.PAUSED) {
      throw new ContainerException("container not paused");
    }
    container.cgroup().thaw();
    return 0;
  }
}
