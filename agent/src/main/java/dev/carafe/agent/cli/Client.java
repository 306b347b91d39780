package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.admin.v1.AdminGrpc;
import dev.carafe.agent.admin.v1.NodeGrpc;
import dev.carafe.agent.admin.v1.RdtGrpc;
import dev.carafe.agent.admin.v1.RdtUsageGrpc;
import dev.carafe.cri.v1.ImageServiceGrpc;
import dev.carafe.cri.v1.RuntimeServiceGrpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.function.Function;

/** Calls to carafed whose failures are sentences, until it is closed. */
final class Client implements AutoCloseable {
  private final Path socket;
  private final Connection connection;

  private Client(Path socket, Connection connection) {
    this.socket = socket;
    this.connection = connection;
  }

  /** A client of the agent on a socket; it connects with the first call. */
  static Client of(Path socket) {
    return new Client(requireNonNull(socket, "socket is null"), Connection.to(socket));
  }

  Path socket() {
    return socket;
  }

  /**
   * Asks the runtime service.
   *
   * @throws StatusRuntimeException with a sentence
   */
  <T> T runtime(Function<RuntimeServiceGrpc.RuntimeServiceBlockingStub, T> call) {
    return ask(() -> call.apply(RuntimeServiceGrpc.newBlockingStub(connection.channel())));
  }

  /**
   * Asks the image service.
   *
   * @throws StatusRuntimeException with a sentence
   */
  <T> T images(Function<ImageServiceGrpc.ImageServiceBlockingStub, T> call) {
    return ask(() -> call.apply(ImageServiceGrpc.newBlockingStub(connection.channel())));
  }

  /**
   * Asks the admin service.
   *
   * @throws StatusRuntimeException with a sentence
   */
  <T> T admin(Function<AdminGrpc.AdminBlockingStub, T> call) {
    return ask(() -> call.apply(AdminGrpc.newBlockingStub(connection.channel())));
  }

  /**
   * Asks the node service.
   *
   * @throws StatusRuntimeException with a sentence
   */
  <T> T node(Function<NodeGrpc.NodeBlockingStub, T> call) {
    return ask(() -> call.apply(NodeGrpc.newBlockingStub(connection.channel())));
  }

  /**
   * Asks the service of RDT classes.
   *
   * @throws StatusRuntimeException with a sentence
   */
  <T> T rdt(Function<RdtGrpc.RdtBlockingStub, T> call) {
    return ask(() -> call.apply(RdtGrpc.newBlockingStub(connection.channel())));
  }

  /**
   * Asks the service of RDT's counters.
   *
   * @throws StatusRuntimeException with a sentence
   */
  <T> T rdtUsage(Function<RdtUsageGrpc.RdtUsageBlockingStub, T> call) {
    return ask(() -> call.apply(RdtUsageGrpc.newBlockingStub(connection.channel())));
  }

  private <T> T ask(java.util.function.Supplier<T> call) {
    try {
      return call.get();
    } catch (StatusRuntimeException failure) {
      if (failure.getStatus().getCode() == Status.Code.UNAVAILABLE && failure.getCause() != null) {
        throw Status.UNAVAILABLE
            .withDescription(
                "carafed does not answer on unix://%s (%s); is it running, and may you use its socket?"
                    .formatted(socket, rootCause(failure)))
            .asRuntimeException();
      }
      throw failure;
    }
  }

  private static String rootCause(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  @Override
  public void close() {
    connection.close();
  }
}
