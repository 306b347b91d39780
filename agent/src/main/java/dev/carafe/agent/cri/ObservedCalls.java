package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicBoolean;

/** Tells an observer of every call that a service takes, once. */
final class ObservedCalls implements ServerInterceptor {
  private final CallObserver observer;

  ObservedCalls(CallObserver observer) {
    this.observer = requireNonNull(observer, "observer is null");
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    End end = new End(System.nanoTime(), new AtomicBoolean());
    ServerCall<Q, A> watched =
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            tell(end, call.getMethodDescriptor(), status.getCode());
            super.close(status, trailers);
          }
        };
    return new SimpleForwardingServerCallListener<>(next.startCall(watched, headers)) {
      @Override
      public void onCancel() {
        tell(end, call.getMethodDescriptor(), Status.Code.CANCELLED);
        super.onCancel();
      }
    };
  }

  private void tell(End end, MethodDescriptor<?, ?> method, Status.Code code) {
    if (end.told().compareAndSet(false, true)) {
      String name = method.getBareMethodName();
      observer.finished(
          name == null ? method.getFullMethodName() : name,
          method.getType() == MethodDescriptor.MethodType.UNARY,
          code.name(),
          System.nanoTime() - end.start());
    }
  }

  private record End(long start, AtomicBoolean told) {}
}
