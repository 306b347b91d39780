package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.container.Container;
import dev.carafe.agent.container.ContainerManager;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.agent.stream.StreamRequest;
import dev.carafe.agent.stream.StreamServer;
import dev.carafe.cri.v1.AttachRequest;
import dev.carafe.cri.v1.AttachResponse;
import dev.carafe.cri.v1.ExecRequest;
import dev.carafe.cri.v1.ExecResponse;
import dev.carafe.cri.v1.PortForwardRequest;
import dev.carafe.cri.v1.PortForwardResponse;
import dev.carafe.cri.v1.RuntimeServiceGrpc.AsyncService;
import dev.carafe.runtime.linux.Errno;
import dev.carafe.runtime.shim.ShimException;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.List;

/**
 * Exec, Attach and PortForward: checks what can be checked now, and answers the URL at which the
 * stream can be had. Thread-safe; nothing blocks.
 */
public final class StreamCalls implements AsyncService {
  private static final int MAX_PORT = 65535;

  private final StreamServer server;
  private final PodManager pods;
  private final ContainerManager containers;

  /** Streams of these pods and containers, served by {@code server}. */
  public StreamCalls(StreamServer server, PodManager pods, ContainerManager containers) {
    this.server = requireNonNull(server, "server is null");
    this.pods = requireNonNull(pods, "pods is null");
    this.containers = requireNonNull(containers, "containers is null");
  }

  @Override
  public void exec(ExecRequest request, StreamObserver<ExecResponse> observer) {
    Calls.quick("Exec", observer, () -> exec(request));
  }

  @Override
  public void attach(AttachRequest request, StreamObserver<AttachResponse> observer) {
    Calls.quick("Attach", observer, () -> attach(request));
  }

  @Override
  public void portForward(
      PortForwardRequest request, StreamObserver<PortForwardResponse> observer) {
    Calls.quick("PortForward", observer, () -> portForward(request));
  }

  private ExecResponse exec(ExecRequest request) {
    String id = running(request.getContainerId(), "run a command in");
    List<String> command = List.copyOf(request.getCmdList());
    if (command.isEmpty()) {
      throw Failure.invalid("cmd is empty: expected a program and its arguments");
    }
    boolean stdin = request.getStdin();
    boolean tty = request.getTty();
    String url =
        url(
            StreamRequest.Kind.EXEC,
            stdin,
            request.getStdout(),
            request.getStderr(),
            tty,
            () -> containers.exec(id, command, stdin, tty));
    return ExecResponse.newBuilder().setUrl(url).build();
  }

  private AttachResponse attach(AttachRequest request) {
    String id = running(request.getContainerId(), "attach to");
    boolean stdin = request.getStdin();
    boolean stdout = request.getStdout();
    boolean stderr = request.getStderr();
    String url =
        url(
            StreamRequest.Kind.ATTACH,
            stdin,
            stdout,
            stderr,
            request.getTty(),
            () -> containers.attach(id, stdin, stdout, stderr));
    return AttachResponse.newBuilder().setUrl(url).build();
  }

  private PortForwardResponse portForward(PortForwardRequest request) {
    Pod pod = pods.require(Requests.required("pod_sandbox_id", request.getPodSandboxId()));
    pod.requireShim();
    for (int port : request.getPortList()) {
      if (port < 1 || port > MAX_PORT) {
        throw Failure.invalid("port is " + port + ": expected 1 to " + MAX_PORT);
      }
    }
    String url = server.url(new StreamRequest.Ports(port -> connect(pod, port)));
    return PortForwardResponse.newBuilder().setUrl(url).build();
  }

  private String running(String id, String verb) {
    Container container = containers.requireRunning(Requests.required("container_id", id), verb);
    return container.id();
  }

  private String url(
      StreamRequest.Kind kind,
      boolean stdin,
      boolean stdout,
      boolean stderr,
      boolean tty,
      StreamRequest.ProcessOpener opener) {
    StreamRequest.Stdio process;
    try {
      process = new StreamRequest.Stdio(kind, stdin, stdout, stderr, tty, opener);
    } catch (IllegalArgumentException wrong) {
      throw Failure.invalid(String.valueOf(wrong.getMessage()), wrong);
    }
    return server.url(process);
  }

  private static SocketChannel connect(Pod pod, int port) throws IOException {
    if (!pod.state().record().hostNetwork()) {
      try {
        return pod.requireShim().openPort(pod.paths().netns(), port);
      } catch (ShimException refused) {
        throw new IOException(
            "%s: %s".formatted(refused.getMessage(), Errno.of(refused.errno()).text()), refused);
      }
    }
    try {
      return SocketChannel.open(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
    } catch (IOException noIpv4) {
      return SocketChannel.open(new InetSocketAddress(InetAddress.ofLiteral("::1"), port));
    }
  }
}
