package dev.carafe.e2e.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Takes what comes on one stream, on the connection's reading thread, which it may hold up. */
public interface Sink {
  /** Some bytes. */
  void data(byte[] bytes);

  /** The server sends no more. */
  default void end() {}

  /** The server gave the stream up. */
  default void reset() {
    end();
  }

  /** Takes and forgets. */
  static Sink nothing() {
    return bytes -> {};
  }

  /** Everything that came, as text. Thread-safe. */
  final class Text implements Sink {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
    private volatile boolean reset;

    @Override
    public synchronized void data(byte[] more) {
      bytes.writeBytes(more);
    }

    @Override
    public void end() {
      ended.complete(null);
    }

    @Override
    public void reset() {
      reset = true;
      end();
    }

    /** What came so far. */
    public synchronized String text() {
      return bytes.toString(UTF_8);
    }

    /** Whether the server ended it. */
    public boolean ended() {
      return ended.isDone();
    }

    /** Whether the server refused or reset it. */
    public boolean wasReset() {
      return reset;
    }
  }
}
