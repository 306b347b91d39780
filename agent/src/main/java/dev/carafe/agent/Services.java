package dev.carafe.agent;

import dev.carafe.agent.admin.AdminService;
import dev.carafe.agent.admin.NodeService;
import dev.carafe.agent.admin.RdtService;
import dev.carafe.agent.admin.RdtUsageService;
import dev.carafe.agent.checkpoint.Checkpoints;
import dev.carafe.agent.checkpoint.Restores;
import dev.carafe.agent.config.ReloadOutcome;
import dev.carafe.agent.container.ContainerManager;
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
import dev.carafe.agent.introspect.Introspection;
import dev.carafe.agent.metrics.RpcSeries;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.agent.stats.WritableLayers;
import dev.carafe.agent.stream.StreamServer;
import dev.carafe.agent.trace.OtlpExporter;
import dev.carafe.runtime.linux.NetworkNamespaces;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The gRPC services of the agent's socket: those of the CRI, and the administrator's. */
final class Services {
  private final Ground ground;
  private final Workloads workloads;
  private final Statistics stats;
  private final PodMetrics podMetrics;
  private final VerboseInfo info;

  /** Services of these pods and containers. */
  Services(Ground ground, Workloads workloads) {
    this.ground = ground;
    this.workloads = workloads;
    Path root = ground.config().root();
    PodManager pods = workloads.pods().manager();
    ContainerManager containers = workloads.containers();
    Readings readings = new Readings(workloads.pods().cgroups(), new NetworkNamespaces());
    WritableLayers layers = new WritableLayers(root, ground.workers());
    this.stats = new Statistics(pods, containers, readings, layers, root);
    this.podMetrics = new PodMetrics(pods, containers, readings, layers, root);
    this.info =
        new VerboseInfo(
            ground.reload()::config,
            ground.reload()::last,
            ground.driver(),
            ground.appArmor(),
            workloads.parts().store(),
            workloads.parts().table(),
            workloads.parts().images(),
            workloads.rdt().placement(),
            workloads.pods().cni());
  }

  /**
   * Serves them.
   *
   * @param reloading reloads the configuration, for an administrator
   * @param traces where spans of calls go; null for nowhere
   */
  CriServer serve(
      StreamServer streams, Supplier<ReloadOutcome> reloading, @Nullable OtlpExporter traces)
      throws IOException {
    ContainerParts parts = workloads.parts();
    PodManager pods = workloads.pods().manager();
    return CriServer.start(
        ground.config().api().socket(),
        Introspection.added(
            List.of(
                runtime(streams),
                new ImageCalls(
                    parts.images(), stats, info, workloads.pods().handlers(), ground.clock()),
                new AdminService(parts.images()),
                new NodeService(reloading, ground.nodeEvents()),
                new RdtService(workloads.rdt().placement(), parts.table(), pods),
                new RdtUsageService(workloads.rdt().monitoring()))),
        new RpcSeries(ground.metrics())::finished,
        traces);
  }

  private RuntimeService runtime(StreamServer streams) {
    PodParts podParts = workloads.pods();
    PodManager pods = podParts.manager();
    ContainerManager containers = workloads.containers();
    Calls calls = new Calls();
    EventCalls eventCalls = new EventCalls(workloads.events(), pods, containers);
    ground.metrics().register(eventCalls);
    Restores restores = new Restores(pods, containers, workloads.criu());
    Checkpoints checkpoints = new Checkpoints(pods, containers, workloads.criu());
    NodeStatus status =
        new NodeStatus(
            ground.version(), ground.driver(), podParts.handlers(), podParts.cni(), info);
    return new RuntimeService(
        new NodeCalls(status, calls),
        new PodCalls(pods, info, calls),
        new ContainerCalls(containers, restores, info, calls),
        new StreamCalls(streams, pods, containers),
        new StatsCalls(pods, containers, stats, calls),
        new MetricsCalls(podMetrics, calls),
        new CheckpointCalls(checkpoints, restores, pods, podParts.handlers(), calls),
        eventCalls);
  }
}
