package dev.carafe.runtime.cli;

import dev.carafe.runtime.container.Container;
import dev.carafe.runtime.container.ContainerException;
import dev.carafe.runtime.container.ContainerStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Objects;

/**
 * What a command works with.
 *
 * @param program the name under which this runtime was called
 * @param caller who called it
 * @param settings global options
 * @param store containers
 * @param front who makes processes
 * @param log the log
 * @param in standard input
 * @param out standard output
 */
record Session(
    String program,
    Caller caller,
    Settings settings,
    ContainerStore store,
    Front front,
    Log log,
    InputStream in,
    PrintStream out) {
  Session {
    Objects.requireNonNull(program, "program");
    Objects.requireNonNull(caller, "caller");
    Objects.requireNonNull(settings, "settings");
    Objects.requireNonNull(store, "store");
    Objects.requireNonNull(front, "front");
    Objects.requireNonNull(log, "log");
    Objects.requireNonNull(in, "in");
    Objects.requireNonNull(out, "out");
  }

  /** The container that the first argument names. */
  Container container(Arguments arguments) throws ContainerException, IOException {
    return store.load(arguments.positional().getFirst());
  }
}
