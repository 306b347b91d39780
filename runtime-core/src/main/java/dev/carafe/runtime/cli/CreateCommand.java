package dev.carafe.runtime.cli;

import dev.carafe.runtime.container.ContainerStore;
import dev.carafe.runtime.plan.ContainerHooks;
import dev.carafe.runtime.plan.LaunchContext;
import dev.carafe.runtime.plan.Placement;
import dev.carafe.runtime.plan.Plan;
import dev.carafe.runtime.plan.PlanCompiler;
import dev.carafe.runtime.plan.PlanPrinter;
import dev.carafe.runtime.plan.Rootfs;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Process;
import java.util.List;
import java.util.Objects;

/** {@code create} and {@code run}: a container from a bundle. */
final class CreateCommand {
  private final Session session;
  private final Arguments arguments;
  private final boolean create;
  private final boolean detach;
  private final String id;
  private final ContainerStore store;

  private CreateCommand(Session session, Arguments arguments, boolean create) {
    this.session = session;
    this.arguments = arguments;
    this.create = create;
    this.detach = create || arguments.flag("detach");
    this.id = arguments.positional().getFirst();
    this.store = session.store();
  }

  static int create(Session session, Arguments arguments) throws Exception {
    return new CreateCommand(session, arguments, true).execute();
  }

  static int run(Session session, Arguments arguments) throws Exception {
    return new CreateCommand(session, arguments, false).execute();
  }

  /** Prints what would be executed; nothing is made. */
  static int plan(Session session, Arguments arguments) throws Exception {
    List<String> words = arguments.positional();
    Bundle bundle = Bundle.read(session, words.isEmpty() ? "" : words.getFirst());
    Linux linux = Objects.requireNonNull(bundle.spec().linux(), "valid");
    Cgroups cgroups = Cgroups.of(session, bundle.spec(), "ID");
    Plan plan =
        PlanCompiler.compile(
            bundle.spec(),
            new LaunchContext(
                "ID",
                bundle.path().toString(),
                new Rootfs.Directory(bundle.rootfs().toString()),
                Placement.of(cgroups.open(), List.of()),
                Placements.hierarchies(session, cgroups.path()),
                Placements.filter(session, linux),
                Placements.capabilities(session.caller()),
                true,
                true,
                true,
                null,
                ContainerHooks.NONE,
                Rootless.privilege(session, bundle.spec())));
    session.out().print(PlanPrinter.print(plan));
    return 0;
  }

  private int execute() throws Exception {
    Bundle bundle = Bundle.read(session, arguments.value("bundle", ""));
    checkNoPivot(bundle);
    Process process = bundle.spec().process();
    boolean terminal = process != null && process.terminal();
    String console = Stdio.consoleSocket(session.caller(), arguments, terminal, detach);
    store.claim(id);
    try {
      store.keep(id, bundle.json());
      return new Creation(session, arguments, id, create, detach).make(bundle, console);
    } catch (Exception e) {
      Destruction.undo(session, id);
      throw e;
    }
  }

  /** The old root is only hidden then: what is private there would stay so for good. */
  private void checkNoPivot(Bundle bundle) throws Failure {
    String propagation = Objects.requireNonNull(bundle.spec().linux(), "valid").rootfsPropagation();
    if (arguments.flag("no-pivot")
        && ("private".equals(propagation) || "rprivate".equals(propagation))) {
      throw new Failure(
          "invalid configuration: rootfsPropagation '"
              + propagation
              + "' can't be had with --no-pivot; expected slave, shared or unbindable");
    }
  }
}
