package dev.carafe.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.Container;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.cri.v1.ContainerStatus;
import dev.carafe.cri.v1.ContainerStatusRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * {@code carafe logs}: reads a container's log in CRI's format ({@code TIME STREAM P|F TEXT}) from
 * the file that the shim writes; what was rotated away is not shown.
 */
final class Logs {
  private static final long LOOK_MILLIS = 200;

  private final Client client;
  private final PrintStream out;
  private final PrintStream err;

  Logs(Client client, PrintStream out, PrintStream err) {
    this.client = requireNonNull(client, "client is null");
    this.out = requireNonNull(out, "out is null");
    this.err = requireNonNull(err, "err is null");
  }

  /**
   * How to print.
   *
   * @param follow until the container ends
   * @param tail how many lines of what is there, or -1 for all
   * @param timestamps before each line
   */
  record Style(boolean follow, int tail, boolean timestamps) {}

  /** Prints what the container wrote to stdout and stderr, each to ours. */
  void print(String text, Style style) throws IOException, InterruptedException {
    Container container = new Things(client).container(text);
    if (container == null) {
      throw Status.NOT_FOUND
          .withDescription("no container of this node is called \"" + text + "\"")
          .asRuntimeException();
    }
    ContainerStatus status = status(container.getId());
    if (status.getLogPath().isEmpty()) {
      throw Status.FAILED_PRECONDITION
          .withDescription(container.getId() + " has no log: its pod names no log directory")
          .asRuntimeException();
    }
    try (LogFile file = LogFile.open(Path.of(status.getLogPath()), style.tail())) {
      file.drain(line -> line(line, style));
      while (style.follow()) {
        // In this order: what is written before the end is read after it is seen.
        boolean ended = ended(container.getId());
        file.drain(line -> line(line, style));
        if (ended) {
          return;
        }
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
    }
  }

  private boolean ended(String id) {
    try {
      return status(id).getState() == ContainerState.CONTAINER_EXITED;
    } catch (StatusRuntimeException gone) {
      if (gone.getStatus().getCode() == Status.Code.NOT_FOUND) {
        return true;
      }
      throw gone;
    }
  }

  private ContainerStatus status(String id) {
    return client
        .runtime(
            s -> s.containerStatus(ContainerStatusRequest.newBuilder().setContainerId(id).build()))
        .getStatus();
  }

  private void line(byte[] bytes, Style style) {
    String line = new String(bytes, UTF_8);
    String[] parts = line.split(" ", 4);
    if (parts.length < 4) {
      out.println(line);
      return;
    }
    PrintStream stream = parts[1].equals("stderr") ? err : out;
    String text = (style.timestamps() ? parts[0] + " " : "") + parts[3];
    // A part of a line that is longer than a record.
    if (parts[2].startsWith("P")) {
      stream.print(text);
    } else {
      stream.println(text);
    }
    stream.flush();
  }
}
