package dev.carafe.agent;

import static java.util.Objects.requireNonNullElse;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.config.ReloadOutcome;
import dev.carafe.agent.cri.CriServer;
import dev.carafe.agent.event.EventHub;
import dev.carafe.agent.image.ImageService;
import dev.carafe.agent.metrics.MetricsServer;
import dev.carafe.agent.rdt.control.BandwidthController;
import dev.carafe.agent.stream.StreamServer;
import dev.carafe.agent.stream.StreamSettings;
import dev.carafe.agent.trace.OtlpExporter;
import dev.carafe.runtime.cli.FrontServer;
import dev.carafe.runtime.linux.Hangup;
import dev.carafe.runtime.lsm.AppArmor;
import dev.carafe.runtime.lsm.LsmException;
import dev.carafe.runtime.shim.ShimImage;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A running agent: all its parts, wired together once, by hand. The order of construction is the
 * order of the arrows.
 */
final class Node implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(Node.class);

  private final CriServer server;
  private final StreamServer streams;
  private final @Nullable MetricsServer scrapes;
  private final @Nullable OtlpExporter traces;
  private final @Nullable BandwidthController controller;
  private final ImageService images;
  private final ShimImage shimImage;
  private final ExecutorService workers;
  private final FrontServer fronts;

  private Node(
      CriServer server,
      StreamServer streams,
      @Nullable MetricsServer scrapes,
      @Nullable OtlpExporter traces,
      @Nullable BandwidthController controller,
      ImageService images,
      ShimImage shimImage,
      ExecutorService workers,
      FrontServer fronts) {
    this.server = server;
    this.streams = streams;
    this.scrapes = scrapes;
    this.traces = traces;
    this.controller = controller;
    this.images = images;
    this.shimImage = shimImage;
    this.workers = workers;
    this.fronts = fronts;
  }

  /**
   * Recovers what an earlier agent left, and serves.
   *
   * @param config what is in force at the start
   * @param source where it was read from, and is again at SIGHUP
   * @param shim is being made meanwhile
   * @param version of this build
   */
  static Node start(
      CarafeConfig config, Reload.Source source, Future<ShimImage> shim, String version)
      throws IOException, InterruptedException {
    Directories.create(config.root(), config.state());
    InstantSource clock = Clock.systemUTC();
    ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    // Netty's start takes as long as all that comes before its use.
    Future<StreamServer> listening = workers.submit(() -> streamServer(config, clock));
    Ground ground = Ground.lay(config, source, clock, workers, version);
    CompletableFuture<Void> profileLoaded =
        CompletableFuture.runAsync(() -> loadProfile(ground.appArmor()), workers);

    EventHub events = new EventHub(clock);
    RdtParts rdt = RdtParts.open(ground);
    ContainerParts parts = ContainerParts.open(ground, rdt, events);
    ShimImage shimImage = made(shim);
    Workloads workloads = Workloads.recover(ground, rdt, parts, shimImage, events);
    BandwidthController controller = rdt.control(ground);

    StreamServer streams = made(listening);
    Supplier<ReloadOutcome> reloading =
        () -> BandwidthController.paused(controller, () -> ground.reload().reload(rdt.placement()));
    profileLoaded.join();
    URI collector = config.trace().endpoint();
    OtlpExporter traces = collector == null ? null : OtlpExporter.start(collector, version);
    ground
        .metrics()
        .register(
            new NodeSeries(version, workloads.pods().manager(), parts.table(), parts.images()));
    CriServer server = new Services(ground, workloads).serve(streams, reloading, traces);
    Hangup.handle(() -> LOG.debug("SIGHUP: {}", reloading.get().message()));
    LOG.info("carafed {} serves the CRI on {}", version, config.api().listen());
    FrontServer fronts = FrontServer.start(config.state().resolve("front.sock"), LOG::warn);
    return new Node(
        server,
        streams,
        ground.scrapes(),
        traces,
        controller,
        parts.images(),
        shimImage,
        workers,
        fronts);
  }

  private static StreamServer streamServer(CarafeConfig config, InstantSource clock)
      throws IOException, InterruptedException {
    StreamSettings settings =
        StreamSettings.of(
            config.stream().address(), config.stream().tlsCert(), config.stream().tlsKey());
    return StreamServer.start(settings, clock);
  }

  /** What another thread makes. */
  private static <T> T made(Future<T> part) throws IOException, InterruptedException {
    try {
      return part.get();
    } catch (ExecutionException failed) {
      Throwable cause = requireNonNullElse(failed.getCause(), failed);
      throw new IOException(cause.getMessage(), cause);
    }
  }

  /** Without it containers that ask for it are refused, and others run without. */
  private static void loadProfile(AppArmor appArmor) {
    try {
      if (appArmor.enabled()) {
        appArmor.loadDefault();
      }
    } catch (LsmException refused) {
      LOG.error("{}", refused.getMessage());
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /** Blocks until {@link #close}. */
  void await() throws InterruptedException {
    server.awaitTermination();
  }

  /** Stops serving; pods run on. */
  @Override
  public void close() throws IOException {
    fronts.close();
    server.close();
    streams.close();
    if (scrapes != null) {
      scrapes.close();
    }
    if (traces != null) {
      traces.close();
    }
    if (controller != null) {
      controller.close();
    }
    images.close();
    workers.shutdown();
    shimImage.close();
  }
}
