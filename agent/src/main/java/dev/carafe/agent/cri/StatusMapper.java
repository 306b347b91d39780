package dev.carafe.agent.cri;

import dev.carafe.agent.failure.Failure;
import io.grpc.Status;
import io.grpc.StatusException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Domain failures as gRPC statuses: the one place where codes are chosen. Thread-safe. */
final class StatusMapper {
  private static final Logger LOG = LogManager.getLogger(StatusMapper.class);

  private StatusMapper() {}

  /** The status that a client gets for a failure of {@code rpc}. */
  static StatusException map(String rpc, Throwable failure) {
    if (failure instanceof StatusException already) {
      return already;
    }
    Failure known = Failures.from(failure);
    Status status =
        switch (known.kind()) {
          case NOT_FOUND -> Status.NOT_FOUND;
          case INVALID -> Status.INVALID_ARGUMENT;
          case WRONG_STATE -> Status.FAILED_PRECONDITION;
          case EXISTS -> Status.ALREADY_EXISTS;
          case UNAVAILABLE -> Status.UNAVAILABLE;
          case DEADLINE -> Status.DEADLINE_EXCEEDED;
          case EXHAUSTED -> Status.RESOURCE_EXHAUSTED;
          case UNIMPLEMENTED -> Status.UNIMPLEMENTED;
          case INTERNAL -> Status.UNKNOWN;
        };
    if (known.kind() == Failure.Kind.INTERNAL) {
      LOG.error("{} failed: {}", rpc, known.getMessage(), failure);
    } else {
      LOG.info("{} refused: {}", rpc, known.getMessage());
    }
    return status.withDescription(known.getMessage()).asException();
  }
}
