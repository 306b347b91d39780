package dev.carafe.agent.introspect;

import dev.carafe.agent.introspect.v1.HealthCheckRequest;
import dev.carafe.agent.introspect.v1.HealthCheckResponse;
import dev.carafe.agent.introspect.v1.HealthCheckResponse.ServingStatus;
import dev.carafe.agent.introspect.v1.HealthGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.Set;

/**
 * {@code grpc.health.v1.Health}: who can ask is served, for carafed listens only once it has
 * recovered, and its end is the connection's. Thread-safe.
 */
public final class HealthService extends HealthGrpc.HealthImplBase {
  private final Set<String> services;

  /** The health of these services, by their full names. */
  public HealthService(Set<String> services) {
    this.services = Set.copyOf(services);
  }

  @Override
  public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
    if (!known(request)) {
      observer.onError(
          Status.NOT_FOUND
              .withDescription(
                  "service = \"%s\": expected one of %s".formatted(request.getService(), services))
              .asRuntimeException());
      return;
    }
    observer.onNext(response(ServingStatus.SERVING));
    observer.onCompleted();
  }

  /** Stays open: nothing more is to be said until the server goes. */
  @Override
  public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
    observer.onNext(
        response(known(request) ? ServingStatus.SERVING : ServingStatus.SERVICE_UNKNOWN));
  }

  private boolean known(HealthCheckRequest request) {
    return request.getService().isEmpty() || services.contains(request.getService());
  }

  private static HealthCheckResponse response(ServingStatus status) {
    return HealthCheckResponse.newBuilder().setStatus(status).build();
  }
}
