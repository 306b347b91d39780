package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.container.ContainerState.Exit;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.name.Times;
import dev.carafe.agent.oci.HostFacts;
import dev.carafe.agent.pod.Interrupts;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.ShimHolder;
import dev.carafe.agent.rdt.RdtPlacement;
import dev.carafe.agent.trace.Trace;
import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.cgroup.CgroupDriver;
import dev.carafe.runtime.plan.LaunchContext;
import dev.carafe.runtime.plan.Placement;
import dev.carafe.runtime.plan.Plan;
import dev.carafe.runtime.plan.PlanCompiler;
import dev.carafe.runtime.plan.PlanEncoder;
import dev.carafe.runtime.plan.Rootfs;
import dev.carafe.runtime.shim.LaunchRequest;
import dev.carafe.runtime.shim.ProcessKind;
import dev.carafe.runtime.shim.ShimClient;
import dev.carafe.runtime.shim.ShimException;
import dev.carafe.runtime.shim.Started;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.LinuxResources;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.SpecException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * What happens at StartContainer: class of service and cgroup are made, the plan is compiled, and
 * one message to the pod's shim runs it. No disk is waited for. Called under the pod's lock.
 */
public final class ContainerStart {
  private static final Logger LOG = LogManager.getLogger(ContainerStart.class);

  /** The exit code of a container whose program could not be started. */
  static final int START_ERROR = 128;

  private final Bundles bundles;
  private final ContainerStore store;
  private final ContainerResources resources;
  private final RdtPlacement rdt;
  private final Launches launches;
  private final HostFacts host;
  private final ContainerCriu criu;
  private final InstantSource clock;

  /** Starts by these. */
  public ContainerStart(
      Bundles bundles,
      ContainerStore store,
      ContainerResources resources,
      RdtPlacement rdt,
      Launches launches,
      HostFacts host,
      ContainerCriu criu,
      InstantSource clock) {
    this.bundles = requireNonNull(bundles, "bundles is null");
    this.store = requireNonNull(store, "store is null");
    this.resources = requireNonNull(resources, "resources is null");
    this.rdt = requireNonNull(rdt, "rdt is null");
    this.launches = requireNonNull(launches, "launches is null");
    this.host = requireNonNull(host, "host is null");
    this.criu = requireNonNull(criu, "criu is null");
    this.clock = requireNonNull(clock, "clock is null");
  }

  /** Starts a created container; when that fails it is EXITED with code 128. */
  ContainerState start(Pod pod, Container container) {
    ShimClient shim = pod.requireShim();
    try {
      Started started = launch(pod, shim, container);
      return container.change(state -> state.running(started.pid(), started.startedAt()));
    } catch (RuntimeException | IOException failure) {
      Failure told = told(container, failure);
      failed(container, told);
      throw told;
    }
  }

  private Started launch(Pod pod, ShimClient shim, Container container) throws IOException {
    ContainerRecord record = container.state().record();
    Bundle bundle = bundles.load(container.paths());
    Linux linux = requireNonNull(bundle.spec().linux(), "a container is a Linux container");
    List<Path> rdtTasks =
        resources.monitor(
            pod.state().record(),
            record,
            rdt.assign(linux.intelRdt(), pod.state().record(), record.config(), record.id()));
    LinuxResources limits = linux.resources() == null ? LinuxResources.NONE : linux.resources();
    try (CgroupDriver.Made made =
        Trace.step(
            "make cgroup",
            () -> resources.createCgroup(record, limits, ShimHolder.source(shim, record.id())))) {
      return criu.restores(container)
          ? restore(pod, container, bundle, made.cgroup(), rdtTasks)
          : run(pod, shim, container, bundle, made.cgroup(), rdtTasks);
    }
  }

  private Started run(
      Pod pod,
      ShimClient shim,
      Container container,
      Bundle bundle,
      Cgroup cgroup,
      List<Path> rdtTasks)
      throws IOException {
    ContainerRecord record = container.state().record();
    Process process = requireNonNull(bundle.spec().process(), "a container has a process");
    LaunchContext context =
        new LaunchContext(
            record.id(),
            container.paths().dir().toString(),
            rootfs(pod, container, bundle),
            Placement.of(cgroup, rdtTasks),
            launches.hierarchies(record.cgroupPath()),
            launches.filter(bundle.seccomp(), process),
            host.boundingCapabilities(),
            true,
            false);
    Plan plan = Trace.step("compile plan", () -> compile(bundle, context));
    try {
      LaunchRequest request = request(pod, record, cgroup, process, PlanEncoder.encode(plan));
      return Trace.step("launch", () -> Interrupts.call(() -> shim.start(request)));
    } catch (ShimException refused) {
      throw Failure.internal(
          "cannot start container process %s: %s".formatted(process.args(), explain(plan, refused)),
          refused);
    }
  }

  private Started restore(
      Pod pod, Container container, Bundle bundle, Cgroup cgroup, List<Path> rdtTasks)
      throws IOException {
    ContainerRecord record = container.state().record();
    Process process = requireNonNull(bundle.spec().process(), "a container has a process");
    LaunchRequest request = request(pod, record, cgroup, process, new byte[0]);
    try {
      return criu.restore(pod, container, request, cgroup, rdtTasks);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw Failure.unavailable("the agent is stopping; try again", stopping);
    } catch (Exception refused) {
      throw refused instanceof Failure known
          ? known
          : Failure.internal(
              "cannot restore container %s: %s".formatted(record.id(), refused.getMessage()),
              refused);
    }
  }

  private static Rootfs rootfs(Pod pod, Container container, Bundle bundle) {
    return new Rootfs.Overlay(
        bundle.lowers().stream().map(Path::toString).toList(),
        container.paths().upper().toString(),
        container.paths().work().toString(),
        pod.paths().scratch().toString());
  }

  private static LaunchRequest request(
      Pod pod, ContainerRecord record, Cgroup cgroup, Process process, byte[] plan)
      throws IOException {
    if (!record.logPath().isEmpty()) {
      Files.createDirectories(
          requireNonNull(Path.of(record.logPath()).getParent(), "a log lies in a directory"));
    }
    return new LaunchRequest(
        record.id(),
        ProcessKind.CONTAINER,
        null,
        plan,
        new LaunchRequest.Stdio(
            process.terminal(), record.config().getStdin(), record.config().getStdinOnce()),
        record.logPath().isEmpty() ? null : new LaunchRequest.Log(Path.of(record.logPath()), 0),
        pod.paths().exits().resolve(record.id() + ".json"),
        cgroup.signalDirs(),
        cgroup.oomFile(),
        true);
  }

  private static Plan compile(Bundle bundle, LaunchContext context) {
    try {
      return PlanCompiler.compile(bundle.spec(), context);
    } catch (SpecException wrong) {
      throw Failure.invalid(String.valueOf(wrong.getMessage()), wrong);
    }
  }

  /** Why a shim could not execute a plan, in a person's words. */
  static String explain(Plan plan, ShimException refused) {
    return refused.planIndex() == ShimException.NO_INDEX
        ? String.valueOf(refused.getMessage())
        : plan.describe(
            Math.toIntExact(refused.planIndex()),
            refused.errno(),
            Math.toIntExact(refused.item()),
            String.valueOf(refused.getMessage()));
  }

  private static Failure told(Container container, Exception failure) {
    return failure instanceof Failure known
        ? known
        : Failure.internal(
            "cannot start container %s: %s".formatted(container.id(), failure.getMessage()),
            failure);
  }

  private void failed(Container container, Failure why) {
    Exit exit =
        new Exit(Times.nanos(clock), START_ERROR, "StartError", String.valueOf(why.getMessage()));
    ContainerState state = container.change(current -> current.exited(exit));
    try {
      store.writeExit(state);
    } catch (IOException unwritten) {
      LOG.error("cannot record the failed start of container {}", container.id(), unwritten);
    }
    resources.release(container);
    container.settled();
  }
}
