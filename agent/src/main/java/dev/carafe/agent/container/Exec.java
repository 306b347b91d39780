package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.name.Ids;
import dev.carafe.agent.oci.HostFacts;
import dev.carafe.agent.oci.SpecFactory;
import dev.carafe.agent.pod.Interrupts;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.rdt.RdtPlacement;
import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.plan.ExecContext;
import dev.carafe.runtime.plan.ExecPlan;
import dev.carafe.runtime.plan.Op;
import dev.carafe.runtime.plan.Placement;
import dev.carafe.runtime.plan.Plan;
import dev.carafe.runtime.plan.PlanEncoder;
import dev.carafe.runtime.plan.Privilege;
import dev.carafe.runtime.shim.ExecRequest;
import dev.carafe.runtime.shim.ExecStream;
import dev.carafe.runtime.shim.LaunchRequest;
import dev.carafe.runtime.shim.ProcessKind;
import dev.carafe.runtime.shim.ShimException;
import dev.carafe.runtime.shim.StreamFrame;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.SpecException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Commands in running containers: in the container's namespaces, cgroup, class and confinement.
 * Thread-safe.
 */
public final class Exec {
  /** What is kept of each stream, in bytes; the rest is dropped, as both anchors do. */
  private static final int CAP = 16 << 20;

  /** How long output is awaited after the command has ended by itself. */
  private static final Duration DRAIN = Duration.ofSeconds(2);

  private static final int SIGKILL = 9;

  private final Bundles bundles;
  private final ContainerResources resources;
  private final RdtPlacement rdt;
  private final Launches launches;
  private final HostFacts host;
  private final OutputBudget budget = new OutputBudget();

  /** Commands by these. */
  public Exec(
      Bundles bundles,
      ContainerResources resources,
      RdtPlacement rdt,
      Launches launches,
      HostFacts host) {
    this.bundles = requireNonNull(bundles, "bundles is null");
    this.resources = requireNonNull(resources, "resources is null");
    this.rdt = requireNonNull(rdt, "rdt is null");
    this.launches = requireNonNull(launches, "launches is null");
    this.host = requireNonNull(host, "host is null");
  }

  /**
   * Runs a command and waits for its end.
   *
   * @param timeout zero for none
   */
  ExecResult sync(Pod pod, Container container, List<String> command, Duration timeout) {
    try {
      try (ExecStream stream =
          open(pod, container, command, LaunchRequest.Stdio.OUTPUT, timeout, CAP)) {
        return Interrupts.call(() -> collect(stream, command, timeout));
      }
    } catch (IOException failure) {
      throw Failure.unavailable(
          "cannot run %s in container %s: %s"
              .formatted(command, container.id(), failure.getMessage()),
          failure);
    }
  }

  /**
   * Starts a command whose stdio somebody carries; it has no time-out and loses no output.
   *
   * @param stdio what its stdin, stdout and stderr are
   * @throws IOException when the container's files can't be read or the shim is gone
   */
  ExecStream open(Pod pod, Container container, List<String> command, LaunchRequest.Stdio stdio)
      throws IOException {
    return open(pod, container, command, stdio, Duration.ZERO, 0);
  }

  private ExecStream open(
      Pod pod,
      Container container,
      List<String> command,
      LaunchRequest.Stdio stdio,
      Duration timeout,
      long cap)
      throws IOException {
    Plan plan = plan(container, command, stdio.terminal());
    LaunchRequest launch = launch(container, plan, stdio);
    try {
      return pod.requireShim().exec(new ExecRequest(launch, timeout, DRAIN, cap));
    } catch (ShimException refused) {
      throw Failure.internal(
          "cannot run %s in container %s: %s"
              .formatted(command, container.id(), ContainerStart.explain(plan, refused)),
          refused);
    }
  }

  private Plan plan(Container container, List<String> command, boolean tty) throws IOException {
    Bundle bundle = bundles.load(container.paths());
    Process init = requireNonNull(bundle.spec().process(), "a container has a process");
    Linux linux = requireNonNull(bundle.spec().linux(), "a container is a Linux container");
    Process process = SpecFactory.exec(init, command, tty);
    Cgroup cgroup = resources.cgroup(container.state().record());
    ExecContext context =
        new ExecContext(
            container.id(),
            namespaces(linux),
            linux.uidMappings(),
            Op.UNCHANGED,
            linux.memoryPolicy(),
            Placement.of(cgroup, resources.monitored(container.id(), rdt.tasks(container.id()))),
            launches.filter(bundle.seccomp(), process),
            host.boundingCapabilities(),
            true,
            new Privilege.Host());
    try {
      return ExecPlan.compile(process, context);
    } catch (SpecException wrong) {
      throw Failure.invalid(String.valueOf(wrong.getMessage()), wrong);
    }
  }

  /** The namespaces that are not the host's: new ones and joined ones alike. */
  private static Set<Namespace.Type> namespaces(Linux linux) {
    Set<Namespace.Type> types = EnumSet.noneOf(Namespace.Type.class);
    linux.namespaces().forEach(namespace -> types.add(namespace.type()));
    return types;
  }

  private LaunchRequest launch(Container container, Plan plan, LaunchRequest.Stdio stdio) {
    Cgroup cgroup = resources.cgroup(container.state().record());
    List<Path> cgroupDirs = cgroup.signalDirs();
    return new LaunchRequest(
        Ids.random(),
        ProcessKind.EXEC,
        container.id(),
        PlanEncoder.encode(plan),
        stdio,
        null,
        null,
        cgroupDirs,
        null,
        false);
  }

  private ExecResult collect(ExecStream stream, List<String> command, Duration timeout)
      throws IOException, InterruptedException {
    ByteArrayOutputStream stdout = new ByteArrayOutputStream(0);
    ByteArrayOutputStream stderr = new ByteArrayOutputStream(0);
    try (OutputBudget.Share share = budget.open()) {
      while (true) {
        switch (next(stream)) {
          case StreamFrame.Stdout(byte[] bytes) -> append(stdout, bytes, share);
          case StreamFrame.Stderr(byte[] bytes) -> append(stderr, bytes, share);
          case StreamFrame.Exit exit -> {
            if (exit.timedOut()) {
              throw Failure.deadline(
                  "command %s took longer than %d s and was killed"
                      .formatted(command, timeout.toSeconds()));
            }
            return new ExecResult(
                exit.process().exitCode(), stdout.toByteArray(), stderr.toByteArray());
          }
          case StreamFrame.Note note -> throw new IOException(note.text());
        }
      }
    } catch (Failure exhausted) {
      if (exhausted.kind() == Failure.Kind.EXHAUSTED) {
        stream.kill(SIGKILL);
      }
      throw exhausted;
    }
  }

  private static StreamFrame next(ExecStream stream) throws IOException {
    @Nullable StreamFrame frame = stream.read();
    if (frame == null) {
      throw new IOException("the shim closed the command's stream before its end");
    }
    return frame;
  }

  private static void append(ByteArrayOutputStream to, byte[] bytes, OutputBudget.Share share)
      throws InterruptedException {
    share.grow(bytes.length);
    to.write(bytes, 0, bytes.length);
  }
}
