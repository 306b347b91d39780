package dev.carafe.node.rdt;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.admin.v1.ListClassesRequest;
import dev.carafe.agent.admin.v1.NodeEvent;
import dev.carafe.agent.admin.v1.NodeGrpc;
import dev.carafe.agent.admin.v1.RdtClass;
import dev.carafe.agent.admin.v1.RdtGrpc;
import dev.carafe.agent.admin.v1.ReloadRequest;
import dev.carafe.agent.admin.v1.ReloadResponse;
import dev.carafe.agent.admin.v1.WatchEventsRequest;
import dev.carafe.agent.cli.Connection;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** carafed by its admin services on its socket. Thread-safe. */
public final class GrpcCarafed implements Carafed, AutoCloseable {
  private static final long RELOAD_SECONDS = 30;
  private static final long ANSWER_SECONDS = 10;

  private final Connection connection;

  private GrpcCarafed(Connection connection) {
    this.connection = connection;
  }

  /** The carafed that listens on a socket; it is connected to with the first call. */
  public static GrpcCarafed at(Path socket) {
    return new GrpcCarafed(Connection.to(requireNonNull(socket, "socket is null")));
  }

  @Override
  public Reloaded reload() throws UnreachableException {
    try {
      ReloadResponse answer =
          NodeGrpc.newBlockingStub(connection.channel())
              .withDeadlineAfter(RELOAD_SECONDS, TimeUnit.SECONDS)
              .reload(ReloadRequest.getDefaultInstance());
      return new Reloaded(answer.getAccepted(), answer.getMessage());
    } catch (StatusRuntimeException failure) {
      throw unreachable(failure);
    }
  }

  @Override
  public List<String> classes() throws UnreachableException {
    try {
      return RdtGrpc.newBlockingStub(connection.channel())
          .withDeadlineAfter(ANSWER_SECONDS, TimeUnit.SECONDS)
          .listClasses(ListClassesRequest.getDefaultInstance())
          .getClassesList()
          .stream()
          .filter(one -> one.getKind().equals("configured"))
          .map(RdtClass::getName)
          .sorted()
          .toList();
    } catch (StatusRuntimeException failure) {
      throw unreachable(failure);
    }
  }

  @Override
  public void events(Consumer<NodeNews> listener) throws UnreachableException {
    try {
      Iterator<NodeEvent> events =
          NodeGrpc.newBlockingStub(connection.channel())
              .watchEvents(WatchEventsRequest.getDefaultInstance());
      while (events.hasNext()) {
        listener.accept(news(events.next()));
      }
    } catch (StatusRuntimeException failure) {
      throw unreachable(failure);
    }
  }

  private static NodeNews news(NodeEvent event) {
    return new NodeNews(
        event.getTime(),
        event.getType(),
        event.getReason(),
        event.getMessage(),
        event.getPodNamespace(),
        event.getPodName(),
        event.getPodUid(),
        event.getContainer());
  }

  private static UnreachableException unreachable(StatusRuntimeException failure) {
    return new UnreachableException(String.valueOf(failure.getMessage()), failure);
  }

  @Override
  public void close() {
    connection.close();
  }
}
