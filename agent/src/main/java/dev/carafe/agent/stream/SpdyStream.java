package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyHeaders;
import java.io.IOException;
import java.util.Locale;

/** One stream that the client opened. Writing is for one thread at a time, which may wait. */
final class SpdyStream {
  private final Connection connection;
  private final int id;
  private final SpdyHeaders headers;
  private volatile boolean ended;

  SpdyStream(Connection connection, int id, SpdyHeaders headers) {
    this.connection = requireNonNull(connection, "connection is null");
    this.id = id;
    this.headers = requireNonNull(headers, "headers is null");
  }

  int id() {
    return id;
  }

  /** The value of a header, "" when it is missing; names are in lower case. */
  String header(String name) {
    String value = headers.getAsString(name.toLowerCase(Locale.ROOT));
    return value == null ? "" : value;
  }

  /** Sends bytes; after the end or a reset they are dropped. */
  void write(byte[] bytes) throws IOException, InterruptedException {
    if (!ended) {
      connection.send(new DefaultSpdyDataFrame(id, Unpooled.wrappedBuffer(bytes)));
    }
  }

  /** Says that no more will come from us. */
  void end() throws IOException, InterruptedException {
    if (!ended) {
      ended = true;
      connection.send(last());
    }
  }

  /** The frame that ends this stream, for who sends it himself. */
  SpdyDataFrame last() {
    ended = true;
    SpdyDataFrame frame = new DefaultSpdyDataFrame(id, Unpooled.EMPTY_BUFFER);
    frame.setLast(true);
    return frame;
  }

  /** The client wants nothing more of this stream. */
  void cut() {
    ended = true;
  }
}
