package dev.carafe.e2e.client;

import static java.util.Objects.requireNonNull;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Deadline;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Tells of the first unary call that nobody answered within its deadline. A runtime that answers
 * DEADLINE_EXCEEDED itself, as for an exec that ran too long, is not silent. Thread-safe.
 */
final class Silence implements ClientInterceptor {
  private final Consumer<String> listener;
  private final AtomicBoolean told = new AtomicBoolean();

  /** {@code listener} gets the method's name, on a thread that it may block. */
  Silence(Consumer<String> listener) {
    this.listener = requireNonNull(listener, "listener is null");
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      public void start(Listener<A> answer, Metadata headers) {
        super.start(
            new SimpleForwardingClientCallListener<>(answer) {
              @Override
              public void onClose(Status status, Metadata trailers) {
                Deadline deadline = options.getDeadline();
                boolean late =
                    method.getType() == MethodDescriptor.MethodType.UNARY
                        && deadline != null
                        && deadline.isExpired();
                if (late && status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
                  tell(method.getFullMethodName());
                }
                super.onClose(status, trailers);
              }
            },
            headers);
      }
    };
  }

  private void tell(String method) {
    if (told.compareAndSet(false, true)) {
      listener.accept(method);
    }
  }
}
