package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.trace.Span;
import dev.carafe.agent.trace.Trace;
import dev.carafe.agent.trace.TraceContext;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes a span of every call whose caller asks for one by the header traceparent. */
final class TracedCalls implements ServerInterceptor {
  private static final Context.Key<Trace.Active> SPAN = Context.key("span");
  private static final Metadata.Key<String> TRACEPARENT =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

  private final Consumer<Span> sink;

  TracedCalls(Consumer<Span> sink) {
    this.sink = requireNonNull(sink, "sink is null");
  }

  /** The task, as part of the current call's span if it has one. */
  static Runnable carried(Runnable task) {
    Trace.@Nullable Active span = SPAN.get();
    return span == null ? task : () -> Trace.within(span, task);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    TraceContext parent = TraceContext.parse(headers.get(TRACEPARENT));
    if (parent == null) {
      return next.startCall(call, headers);
    }
    TraceContext place = parent.child();
    long begun = Trace.now();
    ServerCall<Q, A> watched =
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            String error = status.isOk() ? "" : status.getCode() + ": " + status.getDescription();
            sink.accept(
                new Span(
                    place,
                    parent.spanId(),
                    call.getMethodDescriptor().getFullMethodName(),
                    true,
                    begun,
                    Trace.now(),
                    error));
            super.close(status, trailers);
          }
        };
    Context context = Context.current().withValue(SPAN, new Trace.Active(place, sink));
    return Contexts.interceptCall(context, watched, headers, next);
  }
}
