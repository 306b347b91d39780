package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;

/**
 * Bytes that came over one connection and that nobody has taken yet: above a limit the connection
 * is not read, until most are taken. Thread-safe.
 */
final class Backlog {
  /** Bytes. One read of the event loop may go over it by at most a megabyte. */
  static final int HIGH = 256 * 1024;

  private static final int LOW = 64 * 1024;

  private final Channel channel;
  private long pending;
  private boolean paused;

  Backlog(Channel channel) {
    this.channel = requireNonNull(channel, "channel is null");
  }

  synchronized void add(int bytes) {
    pending += bytes;
    if (!paused && pending > HIGH) {
      paused = true;
      channel.config().setAutoRead(false);
    }
  }

  synchronized void remove(int bytes) {
    pending -= bytes;
    if (paused && pending <= LOW && channel.isOpen()) {
      paused = false;
      channel.config().setAutoRead(true);
    }
  }
}
