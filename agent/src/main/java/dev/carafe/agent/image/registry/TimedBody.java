package dev.carafe.agent.image.registry;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A response body as a stream whose reads give up when no byte comes for a while; the JDK's own has
 * no such limit. A reader that pauses makes the sender wait: at most a few buffers are held.
 */
final class TimedBody implements HttpResponse.BodySubscriber<InputStream> {
  private static final int AHEAD = 4;

  private sealed interface Event {
    record Bytes(List<ByteBuffer> buffers) implements Event {}

    record Failed(Throwable cause) implements Event {}

    record End() implements Event {}
  }

  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private volatile Flow.@Nullable Subscription subscription;
  private volatile boolean closed;
  private final Duration patience;

  TimedBody(Duration patience) {
    this.patience = patience;
  }

  @Override
  public CompletionStage<InputStream> getBody() {
    return CompletableFuture.completedFuture(new Body());
  }

  @Override
  public void onSubscribe(Flow.Subscription newSubscription) {
    subscription = newSubscription;
    if (closed) {
      newSubscription.cancel();
    } else {
      newSubscription.request(AHEAD);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    events.add(new Event.Bytes(buffers));
  }

  @Override
  public void onError(Throwable cause) {
    events.add(new Event.Failed(cause));
  }

  @Override
  public void onComplete() {
    events.add(new Event.End());
  }

  private final class Body extends InputStream {
    private final Deque<ByteBuffer> ready = new ArrayDeque<>();
    private @Nullable Event last;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      while (ready.isEmpty()) {
        switch (last == null ? await() : last) {
          case Event.Bytes(List<ByteBuffer> buffers) -> {
            buffers.stream().filter(ByteBuffer::hasRemaining).forEach(ready::add);
            requireNonNull(subscription).request(1);
          }
          case Event.Failed failed -> {
            last = failed;
            throw new IOException(
                "connection broke: " + failed.cause().getMessage(), failed.cause());
          }
          case Event.End end -> {
            last = end;
            return -1;
          }
        }
      }
      ByteBuffer buffer = ready.getFirst();
      int count = Math.min(length, buffer.remaining());
      buffer.get(target, offset, count);
      if (!buffer.hasRemaining()) {
        ready.removeFirst();
      }
      return count;
    }

    private Event await() throws IOException {
      try {
        Event event = events.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
        if (event == null) {
          close();
          throw new HttpTimeoutException("no byte came for " + patience.toMillis() + " ms");
        }
        return event;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("reading was cancelled");
      }
    }

    @Override
    public void close() {
      closed = true;
      Flow.Subscription open = subscription;
      if (open != null) {
        open.cancel();
      }
    }
  }
}
