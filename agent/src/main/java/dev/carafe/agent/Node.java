package dev.carafe.agent;

import static java.util.Objects.requireNonNullElse;

import dev.carafe.agent.admin.AdminService;
import dev.carafe.agent.admin.NodeService;
import dev.carafe.agent.admin.RdtService;
import dev.carafe.agent.admin.RdtUsageService;
import dev.carafe.agent.cdi.CdiRegistry;
import dev.carafe.agent.checkpoint.Checkpoints;
import dev.carafe.agent.checkpoint.Restores;
import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.config.ReloadOutcome;
import dev.carafe.agent.config.RuntimeHandlers;
import dev.carafe.agent.container.Bundles;
import dev.carafe.agent.container.Container;
import dev.carafe.agent.container.ContainerCreation;
import dev.carafe.agent.container.ContainerCriu;
import dev.carafe.agent.container.ContainerExits;
import dev.carafe.agent.container.ContainerManager;
import dev.carafe.agent.container.ContainerRecovery;
import dev.carafe.agent.container.ContainerRemoval;
import dev.carafe.agent.container.ContainerResources;
import dev.carafe.agent.container.ContainerSpecs;
import dev.carafe.agent.container.ContainerStart;
import dev.carafe.agent.container.ContainerState;
import dev.carafe.agent.container.ContainerStop;
import dev.carafe.agent.container.ContainerStore;
import dev.carafe.agent.container.ContainerTable;
import dev.carafe.agent.container.ContainerUpdate;
import dev.carafe.agent.container.Exec;
import dev.carafe.agent.container.Launches;
import dev.carafe.agent.cri.Calls;
import dev.carafe.agent.cri.CheckpointCalls;
import dev.carafe.agent.cri.ContainerCalls;
import dev.carafe.agent.cri.CriServer;
import dev.carafe.agent.cri.EventCalls;
import dev.carafe.agent.cri.ImageCalls;
import dev.carafe.agent.cri.MetricsCalls;
import dev.carafe.agent.cri.NodeCalls;
import dev.carafe.agent.cri.NodeStatus;
import dev.carafe.agent.cri.PodCalls;
import dev.carafe.agent.cri.PodMetrics;
import dev.carafe.agent.cri.Readings;
import dev.carafe.agent.cri.RuntimeService;
import dev.carafe.agent.cri.Statistics;
import dev.carafe.agent.cri.StatsCalls;
import dev.carafe.agent.cri.StreamCalls;
import dev.carafe.agent.cri.VerboseInfo;
import dev.carafe.agent.event.EventHub;
import dev.carafe.agent.event.NodeEventSeries;
import dev.carafe.agent.event.NodeEvents;
import dev.carafe.agent.image.ImageService;
import dev.carafe.agent.image.ImageSettings;
import dev.carafe.agent.image.PinnedImages;
import dev.carafe.agent.image.VerifierProgram;
import dev.carafe.agent.image.layer.LayerLimits;
import dev.carafe.agent.introspect.Introspection;
import dev.carafe.agent.metrics.Metrics;
import dev.carafe.agent.metrics.MetricsServer;
import dev.carafe.agent.metrics.RpcSeries;
import dev.carafe.agent.name.Reservations;
import dev.carafe.agent.network.Cni;
import dev.carafe.agent.network.ProcessRunner;
import dev.carafe.agent.oci.HostFacts;
import dev.carafe.agent.oci.SpecFactory;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodCgroups;
import dev.carafe.agent.pod.PodLadder;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.agent.pod.PodPlans;
import dev.carafe.agent.pod.PodRecovery;
import dev.carafe.agent.pod.PodStore;
import dev.carafe.agent.pod.Shims;
import dev.carafe.agent.rdt.RdtPlacement;
import dev.carafe.agent.rdt.control.BandwidthController;
import dev.carafe.agent.rdt.mon.Monitoring;
import dev.carafe.agent.rdt.mon.RdtSeries;
import dev.carafe.agent.stats.WritableLayers;
import dev.carafe.agent.stream.StreamServer;
import dev.carafe.agent.stream.StreamSettings;
import dev.carafe.agent.trace.OtlpExporter;
import dev.carafe.runtime.cgroup.CgroupDriver;
import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.checkpoint.CriuProgram;
import dev.carafe.runtime.cli.FrontServer;
import dev.carafe.runtime.linux.Hangup;
import dev.carafe.runtime.linux.NetworkNamespaces;
import dev.carafe.runtime.lsm.AppArmor;
import dev.carafe.runtime.lsm.LsmException;
import dev.carafe.runtime.seccomp.SeccompCache;
import dev.carafe.runtime.seccomp.SeccompCompiler;
import dev.carafe.runtime.shim.ShimImage;
import dev.carafe.runtime.shim.ShimLauncher;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Collectors;
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
    InstantSource clock = Clock.systemUTC();
    NodeEvents nodeEvents = new NodeEvents(clock);
    Reload reload = new Reload(config, source, clock, nodeEvents);
    String bootId = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    Directories.create(config.root(), config.state());
    ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    MetricsServer scrapes = MetricsServer.start(config.metrics().address(), workers);
    // Netty's start takes as long as all that comes before its use.
    Future<StreamServer> listening =
        workers.submit(() ->
            StreamServer.start(
                StreamSettings.of(
                    config.stream().address(), config.stream().tlsCert(), config.stream().tlsKey()),
                clock));
    CgroupLayout layout = CgroupLayout.detect(config.runtime().cgroupRoot());
    CgroupDriver driver = CgroupDrivers.choose(config.runtime(), layout);
    Metrics metrics = MetricsServer.metrics(scrapes);
    HostFacts host = HostFacts.read(config.runtime().cgroupRoot());
    AppArmor appArmor = AppArmor.ofKernel();
    CompletableFuture<Void> profileLoaded =
        CompletableFuture.runAsync(() -> loadProfile(appArmor), workers);

    EventHub events = new EventHub(clock);
    ContainerTable table = new ContainerTable(events);
    ImageService images =
        ImageService.open(
            imageSettings(config, reload), id -> table.usesImage(id.toString()), metrics);
    ContainerStore containerStore = new ContainerStore(config.root());
    Reservations containerNames = new Reservations("container");
    BandwidthController.recover(
        config.rdt().resctrlRoot(), Directories.rdtThrottled(config.state()));
    RdtPlacement rdt =
        RdtPlacement.of(
            config.rdt(),
            Directories.rdt(config.root()),
            Directories.rdtGroups(config.state()),
            nodeEvents);
    Monitoring monitoring =
        Monitoring.open(
            config.rdtMonitoring(),
            config.rdt().resctrlRoot(),
            Directories.rdtMonitoring(config.state()),
            nodeEvents);
    metrics.register(new RdtSeries(monitoring));
    NodeEventSeries eventSeries = new NodeEventSeries();
    nodeEvents.follow(0, eventSeries);
    metrics.register(eventSeries);
    ContainerResources resources = new ContainerResources(driver, rdt, monitoring);
    ContainerStop stopper = new ContainerStop();
    ContainerRemoval removal =
        new ContainerRemoval(table, containerStore, resources, images, containerNames);
    ContainerExits exits =
        new ContainerExits(table, containerStore, resources, stopper, removal, workers, clock);

    ShimImage shimImage = made(shim);
    Shims shims = new Shims(new ShimLauncher(shimImage.path()), exits, workers);
    Cni cni = new Cni(() -> reload.config().network());
    PodStore podStore = new PodStore(config.root(), config.state());
    PodCgroups cgroups = new PodCgroups(driver, config.runtime().cgroupParent());
    PodLadder ladder =
        new PodLadder(podStore, shims, new PodPlans(host.boundingCapabilities()), cni, cgroups);
    RuntimeHandlers handlers = new RuntimeHandlers(config.runtime().handlers());
    PodManager pods = new PodManager(podStore, ladder, exits, handlers, clock, bootId, events);

    List<Pod> recovered = new PodRecovery(podStore, ladder, shims, cni, bootId, events).recover();
    recovered.forEach(pods::restore);
    new ContainerRecovery(table, containerStore, exits, containerNames, clock).recover(recovered);
    monitoring.retain(
        table.all().stream()
            .filter(container -> container.state().phase() == ContainerState.Phase.RUNNING)
            .map(Container::id)
            .collect(Collectors.toSet()));
    rdt.sweep(table::holds);
    images.sweep();
    LOG.info("recovered {} pods and {} containers", recovered.size(), table.all().size());

    Bundles bundles = new Bundles();
    Launches launches =
        new Launches(
            layout,
            new SeccompCache(config.root().resolve("seccomp"), new SeccompCompiler()::compile),
            config.runtime().seccompProfile());
    ContainerCriu criu =
        new ContainerCriu(new CriuProgram(config.runtime().criu()), bundles, resources, launches);
    ContainerManager containers =
        new ContainerManager(
            table,
            pods,
            new ContainerCreation(
                table,
                containerStore,
                images,
                new ContainerSpecs(
                    new SpecFactory(host, appArmor),
                    table,
                    new CdiRegistry(config.runtime().cdiSpecDirs()),
                    handlers),
                bundles,
                rdt,
                cgroups,
                clock),
            new ContainerStart(
                bundles, containerStore, resources, rdt, launches, host, criu, clock),
            stopper,
            removal,
            new ContainerUpdate(containerStore, bundles, resources, host),
            new Exec(bundles, resources, rdt, launches, host),
            containerNames);
    BandwidthController controller =
        BandwidthController.start(
            config.rdtController(),
            config.rdt().resctrlRoot(),
            Directories.rdtThrottled(config.state()),
            () -> rdt.view().classes());
    if (controller != null) {
      metrics.register(controller);
    }
    VerboseInfo info =
        new VerboseInfo(
            reload::config,
            reload::last,
            driver,
            appArmor,
            containerStore,
            table,
            images,
            rdt,
            cni);
    Readings readings = new Readings(cgroups, new NetworkNamespaces());
    WritableLayers layers = new WritableLayers(config.root(), workers);
    Statistics stats = new Statistics(pods, containers, readings, layers, config.root());
    StreamServer streams = made(listening);
    Calls calls = new Calls();
    EventCalls eventCalls = new EventCalls(events, pods, containers);
    metrics.register(eventCalls);
    Restores restores = new Restores(pods, containers, criu);
    RuntimeService runtime =
        new RuntimeService(
            new NodeCalls(new NodeStatus(version, driver, handlers, cni, info), calls),
            new PodCalls(pods, info, calls),
            new ContainerCalls(containers, restores, info, calls),
            new StreamCalls(streams, pods, containers),
            new StatsCalls(pods, containers, stats, calls),
            new MetricsCalls(
                new PodMetrics(pods, containers, readings, layers, config.root()), calls),
            new CheckpointCalls(
                new Checkpoints(pods, containers, criu), restores, pods, handlers, calls),
            eventCalls);
    ImageCalls imageCalls = new ImageCalls(images, stats, info, handlers, clock);
    Supplier<ReloadOutcome> reloading =
        () -> BandwidthController.paused(controller, () -> reload.reload(rdt));
    profileLoaded.join();
    URI collector = config.trace().endpoint();
    OtlpExporter traces = collector == null ? null : OtlpExporter.start(collector, version);
    metrics.register(new NodeSeries(version, pods, table, images));
    CriServer server =
        CriServer.start(
            config.api().socket(),
            Introspection.added(
                List.of(
                    runtime,
                    imageCalls,
                    new AdminService(images),
                    new NodeService(reloading, nodeEvents),
                    new RdtService(rdt, table, pods),
                    new RdtUsageService(monitoring))),
            new RpcSeries(metrics)::finished,
            traces);
    Hangup.handle(() -> LOG.debug("SIGHUP: {}", reloading.get().message()));
    LOG.info("carafed {} serves the CRI on {}", version, config.api().listen());
    FrontServer fronts = FrontServer.start(config.state().resolve("front.sock"), LOG::warn);
    return new Node(
        server, streams, scrapes, traces, controller, images, shimImage, workers, fronts);
  }

  private static ImageSettings imageSettings(CarafeConfig config, Reload reload) {
    return new ImageSettings(
        config.root().resolve("images"),
        () -> reload.config().image().hostsDir(),
        LayerLimits.DEFAULT,
        Duration.ofSeconds(config.image().progressTimeout()),
        new VerifierProgram(
            () -> reload.config().image().verifier(),
            new ProcessRunner(),
            Duration.ofSeconds(config.image().verifierTimeout())),
        new PinnedImages(config.image().pinned()));
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
