package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import dev.carafe.runtime.shim.RemoteProcess;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Locale;

/** What a one-time token stands for. */
public sealed interface StreamRequest {
  /** The first segment of its URL's path. */
  String path();

  /** How a process is entered. */
  enum Kind {
    /** A new process in a running container. */
    EXEC,
    /** The container's own process. */
    ATTACH
  }

  /**
   * A process's stdio.
   *
   * @param tty a terminal: no stderr, and sizes are taken
   */
  record Stdio(
      Kind kind, boolean stdin, boolean stdout, boolean stderr, boolean tty, ProcessOpener opener)
      implements StreamRequest {
    /** Checks the rules that the CRI sets for exec and attach. */
    public Stdio {
      requireNonNull(kind, "kind is null");
      requireNonNull(opener, "opener is null");
      if (!stdin && !stdout && !stderr) {
        throw new IllegalArgumentException(
            "none of stdin, stdout and stderr is set: expected one at least");
      }
      if (tty && stderr) {
        throw new IllegalArgumentException(
            "tty and stderr are both set: a terminal has one output, ask for stdout alone");
      }
    }

    @Override
    public String path() {
      return kind.name().toLowerCase(Locale.ROOT);
    }
  }

  /** Any ports of a pod. */
  record Ports(PortOpener opener) implements StreamRequest {
    /** Checks the component. */
    public Ports {
      requireNonNull(opener, "opener is null");
    }

    @Override
    public String path() {
      return "portforward";
    }
  }

  /** Starts or enters the process; called once, on a virtual thread. */
  @FunctionalInterface
  interface ProcessOpener {
    /** The process's end of the stream. */
    RemoteProcess open() throws IOException;
  }

  /** Connects to a port; called on virtual threads. */
  @FunctionalInterface
  interface PortOpener {
    /**
     * A blocking channel to localhost:port inside the pod.
     *
     * @param port 1 to 65535
     */
    SocketChannel open(int port) throws IOException;
  }
}
