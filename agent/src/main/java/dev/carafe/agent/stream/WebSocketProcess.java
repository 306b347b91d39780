package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.IOException;

/** Exec and attach over WebSocket: numbered channels in one stream of messages. */
// A write that fails closes its connection, which is heard of there.
@SuppressWarnings("FutureReturnValueIgnored")
final class WebSocketProcess extends SimpleChannelInboundHandler<WebSocketFrame>
    implements ProcessClient {
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int ERROR = 3;
  private static final int RESIZE = 4;
  private static final int CLOSE = 255;

  private final StreamRequest.Stdio request;
  private final WebSocketFormat format;
  private final Connection connection;
  private final Inbox inbox;
  private final SizeParser sizes = new SizeParser();

  WebSocketProcess(StreamRequest.Stdio request, WebSocketFormat format, Connection connection) {
    this.request = requireNonNull(request, "request is null");
    this.format = requireNonNull(format, "format is null");
    this.connection = requireNonNull(connection, "connection is null");
    this.inbox = new Inbox(connection.backlog());
  }

  /** Starts the process; the handshake's answer is on its way. */
  void start() {
    // Clients wait for a first message, an empty one, on the lowest channel that we write.
    int lowest = request.stdout() ? STDOUT : request.stderr() ? STDERR : ERROR;
    connection.channel().writeAndFlush(format.encode(lowest, new byte[0]));
    ProcessSession.start(request, this, inbox, connection);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
    WebSocketFormat.Message message = format.decode(ByteBufUtil.getBytes(frame.content()));
    if (message == null) {
      return;
    }
    byte[] payload = message.payload();
    switch (message.channel()) {
      case STDIN -> {
        if (payload.length > 0) {
          inbox.add(new Inbox.Input.Bytes(payload));
        }
      }
      case RESIZE -> sizes.parse(payload).forEach(inbox::add);
      case CLOSE -> {
        if (format.closes() && payload.length == 1 && payload[0] == STDIN) {
          inbox.add(new Inbox.Input.End());
        }
      }
      default -> {} // clients have nothing to say on the others
    }
  }

  @Override
  public void stdout(byte[] bytes) throws IOException, InterruptedException {
    output(STDOUT, bytes);
  }

  @Override
  public void stderr(byte[] bytes) throws IOException, InterruptedException {
    output(STDERR, bytes);
  }

  /**
   * No version has words for an output that ends before the process: clients hear of both at once.
   */
  private void output(int channel, byte[] bytes) throws IOException, InterruptedException {
    if (bytes.length > 0) {
      connection.send(format.encode(channel, bytes));
    }
  }

  @Override
  public void finish(ExitStatus status) throws IOException, InterruptedException {
    byte[] words = format.version().render(status);
    if (words.length > 0) {
      connection.send(format.encode(ERROR, words));
    }
    connection.finish(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE));
  }
}
