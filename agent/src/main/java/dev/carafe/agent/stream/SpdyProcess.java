package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Exec and attach over SPDY: one stream a channel, named by its header {@code streamtype}. The
 * process starts when every channel is there.
 */
// A write that fails closes its connection, which is heard of there.
@SuppressWarnings("FutureReturnValueIgnored")
final class SpdyProcess implements SpdySession.Acceptor, ProcessClient {
  private static final Logger LOG = LogManager.getLogger(SpdyProcess.class);

  private final StreamRequest.Stdio request;
  private final ChannelVersion version;
  private final Connection connection;
  private final Inbox inbox;
  private final Set<Role> missing;
  private final Map<Role, SpdyStream> streams = new EnumMap<>(Role.class);
  private boolean started;

  private enum Role {
    ERROR,
    STDIN,
    STDOUT,
    STDERR,
    RESIZE
  }

  SpdyProcess(StreamRequest.Stdio request, ChannelVersion version, Connection connection) {
    this.request = requireNonNull(request, "request is null");
    this.version = requireNonNull(version, "version is null");
    this.connection = requireNonNull(connection, "connection is null");
    this.inbox = new Inbox(connection.backlog());
    this.missing = expected(request, version);
  }

  private static Set<Role> expected(StreamRequest.Stdio request, ChannelVersion version) {
    Set<Role> roles = EnumSet.of(Role.ERROR);
    if (request.stdin()) {
      roles.add(Role.STDIN);
    }
    if (request.stdout()) {
      roles.add(Role.STDOUT);
    }
    if (request.stderr()) {
      roles.add(Role.STDERR);
    }
    if (request.tty() && version.resizes()) {
      roles.add(Role.RESIZE);
    }
    return roles;
  }

  /** Gives up when a channel is still missing after this time. */
  void expireAfter(long millis) {
    connection
        .channel()
        .eventLoop()
        .schedule(
            () -> {
              if (!started) {
                LOG.info("an {} is closed: its client did not open {}", request.path(), missing);
                connection.channel().close();
              }
            },
            millis,
            TimeUnit.MILLISECONDS);
  }

  @Override
  public SpdySession.@Nullable Receiver opened(SpdyStream stream) {
    Role role = role(stream.header("streamtype"));
    if (role == null || !missing.remove(role)) {
      return null;
    }
    streams.put(role, stream);
    return switch (role) {
      case STDIN -> new Stdin();
      case RESIZE -> new Sizes();
      case ERROR, STDOUT, STDERR -> new Nothing();
    };
  }

  @Override
  public void replied() {
    if (missing.isEmpty() && !started) {
      started = true;
      ProcessSession.start(request, this, inbox, connection);
    }
  }

  @Override
  public void stdout(byte[] bytes) throws IOException, InterruptedException {
    write(Role.STDOUT, bytes);
  }

  @Override
  public void stderr(byte[] bytes) throws IOException, InterruptedException {
    write(Role.STDERR, bytes);
  }

  private void write(Role role, byte[] bytes) throws IOException, InterruptedException {
    if (bytes.length == 0) {
      stream(role).end();
    } else {
      stream(role).write(bytes);
    }
  }

  @Override
  public void finish(ExitStatus status) throws IOException, InterruptedException {
    if (request.stdout()) {
      stream(Role.STDOUT).end();
    }
    if (request.stderr()) {
      stream(Role.STDERR).end();
    }
    SpdyStream error = stream(Role.ERROR);
    byte[] words = version.render(status);
    if (words.length > 0) {
      error.write(words);
    }
    connection.finish(error.last());
  }

  private SpdyStream stream(Role role) {
    return requireNonNull(streams.get(role), "started without a channel");
  }

  private static @Nullable Role role(String type) {
    for (Role role : Role.values()) {
      if (role.name().toLowerCase(Locale.ROOT).equals(type)) {
        return role;
      }
    }
    return null;
  }

  private final class Stdin implements SpdySession.Receiver {
    @Override
    public void data(byte[] bytes) {
      inbox.add(new Inbox.Input.Bytes(bytes));
    }

    @Override
    public void end() {
      inbox.add(new Inbox.Input.End());
    }
  }

  private final class Sizes implements SpdySession.Receiver {
    private final SizeParser parser = new SizeParser();

    @Override
    public void data(byte[] bytes) {
      parser.parse(bytes).forEach(inbox::add);
    }

    @Override
    public void end() {}
  }

  /** Channels on which a client has nothing to say. */
  private static final class Nothing implements SpdySession.Receiver {
    @Override
    public void data(byte[] bytes) {}

    @Override
    public void end() {}
  }
}
