package dev.carafe.e2e.kubelet;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.ListContainersRequest;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import dev.carafe.e2e.client.CriClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Lists pods and containers a hundred times a second, in a process of its own that need not wait
 * for a processor (nice -20): a kubelet shares neither its JVM nor its turn with those who load the
 * node, and what is measured is how long the answer takes. Not thread-safe.
 */
public final class ListClient implements AutoCloseable {
  private static final String READY = "ready";
  private static final int WARM_UP = 300;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Process process;
  private final BufferedReader output;

  /**
   * What it saw.
   *
   * @param summary for people
   * @param p99 within which 99 of 100 lists were answered
   * @param pods the most in one list
   */
  public record Result(String summary, Duration p99, int pods) {}

  private ListClient(Process process) {
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Starts it; returns once its own code is warm. */
  public static ListClient start(Path socket) throws IOException {
    ListClient client =
        new ListClient(
            new ProcessBuilder(
                    "nice",
                    "-n",
                    "-20",
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-cp",
                    System.getProperty("java.class.path"),
                    ListClient.class.getName(),
                    socket.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    client.line(READY);
    return client;
  }

  /** Ends it. */
  public Result stop() throws IOException {
    process.getOutputStream().close();
    return new Result(
        line("lists "),
        Duration.ofNanos(Long.parseLong(line("p99 "))),
        Integer.parseInt(line("pods ")));
  }

  private String line(String begin) throws IOException {
    String line = requireNonNull(output.readLine(), "the client of lists ended early");
    if (!line.startsWith(begin)) {
      throw new IOException("the client of lists said \"%s\"".formatted(line));
    }
    return line.substring(begin.length());
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** The process: lists until its standard input ends, then prints what {@link #stop} reads. */
  public static void main(String[] args) throws Exception {
    AtomicBoolean ended = new AtomicBoolean();
    Thread.ofVirtual()
        .start(() -> {
          try {
            System.in.readAllBytes();
          } catch (IOException gone) {
            System.err.println(gone.getMessage());
          }
          ended.set(true);
        });
    Latencies lists = new Latencies();
    int pods = 0;
    try (CriClient client = CriClient.of(Path.of(List.of(args).getFirst()), PATIENCE)) {
      for (int i = 0; i < WARM_UP; i++) {
        list(client.runtime(), new Latencies());
      }
      System.out.println(READY);
      while (!ended.get()) {
        pods = Math.max(pods, list(client.runtime(), lists));
        TimeUnit.MILLISECONDS.sleep(10);
      }
    }
    System.out.printf("lists %s%np99 %d%npods %d%n", lists, lists.percentile(99).toNanos(), pods);
  }

  private static int list(RuntimeServiceBlockingStub runtime, Latencies lists) {
    lists.time(() -> runtime.listContainers(ListContainersRequest.getDefaultInstance()));
    return lists
        .time(() -> runtime.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()))
        .getItemsCount();
  }
}
