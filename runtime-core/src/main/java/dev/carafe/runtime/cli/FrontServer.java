package dev.carafe.runtime.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import jdk.net.ExtendedSocketOptions;

/**
 * The warm path of the command line (native/PROTOCOL.md section 4): fronts that find this socket
 * start no JVM of their own, this process decides for them. What they make stays theirs: it only
 * compiles plans and keeps records. A virtual thread a call.
 */
public final class FrontServer implements AutoCloseable {
  private static final List<String> NAMESPACES = List.of("mnt", "user", "pid", "cgroup");

  private final Path path;
  private final ServerSocketChannel server;
  private final Consumer<String> log;

  private FrontServer(Path path, ServerSocketChannel server, Consumer<String> log) {
    this.path = path;
    this.server = server;
    this.log = log;
  }

  /**
   * Listens, for root only.
   *
   * @param path the socket; one that is there is replaced
   * @param log gets a sentence about each call that broke off
   */
  public static FrontServer start(Path path, Consumer<String> log) throws IOException {
    Objects.requireNonNull(log, "log");
    Files.deleteIfExists(path);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    FrontServer started = new FrontServer(path, server, log);
    Thread.ofVirtual().name("fronts").start(started::accept);
    return started;
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        SocketChannel peer = server.accept();
        Thread.ofVirtual().name("front").start(() -> serve(peer));
      } catch (ClosedChannelException closed) {
        return;
      } catch (IOException e) {
        log.accept("cannot accept a front on " + path + ": " + e.getMessage());
      }
    }
  }

  private void serve(SocketChannel peer) {
    try (peer) {
      if (!peer.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName().equals("root")) {
        return;
      }
      OutputStream out = Channels.newOutputStream(peer);
      Front front = new Front(Channels.newInputStream(peer), out);
      Front.Call call = front.call();
      if (isAtHome(call.caller())) {
        front.warm();
        answer(front, call);
      }
    } catch (IOException | RuntimeException e) {
      log.accept("a call of the command line broke off: " + e);
    }
  }

  private static void answer(Front front, Front.Call call) throws IOException {
    // A front whose command reads its stdin comes here never.
    InputStream none = InputStream.nullInputStream();
    try (PrintStream out = stream(front.output());
        PrintStream err = stream(front.error())) {
      int code =
          new Cli(call.program(), call.caller(), front, none, out, err).run(call.arguments());
      out.flush();
      err.flush();
      front.exit(code);
    }
  }

  private static PrintStream stream(OutputStream to) {
    return new PrintStream(new BufferedOutputStream(to), false, StandardCharsets.UTF_8);
  }

  /** What is compiled here is right only where the front sees the same files, users and pids. */
  private static boolean isAtHome(Caller caller) throws IOException {
    for (String namespace : NAMESPACES) {
      Path ours = Path.of("/proc/self/ns", namespace);
      Path theirs = caller.proc("ns/" + namespace);
      if (!Files.readSymbolicLink(ours).equals(Files.readSymbolicLink(theirs))) {
        return false;
      }
    }
    return true;
  }

  /** Stops listening; calls that run go on. */
  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(path);
  }
}
