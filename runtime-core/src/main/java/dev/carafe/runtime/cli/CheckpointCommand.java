package dev.carafe.runtime.cli;

import dev.carafe.runtime.checkpoint.ContainerDump;
import dev.carafe.runtime.checkpoint.CriuDialogue;
import dev.carafe.runtime.checkpoint.CriuException;
import dev.carafe.runtime.checkpoint.CriuFlag;
import dev.carafe.runtime.checkpoint.CriuOptions;
import dev.carafe.runtime.checkpoint.CriuProcess;
import dev.carafe.runtime.checkpoint.CriuProgram;
import dev.carafe.runtime.container.Container;
import dev.carafe.runtime.container.Status;
import dev.carafe.runtime.plan.CgroupHierarchy;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** {@code checkpoint}: a running container's processes as files, by CRIU. */
final class CheckpointCommand {
  static final List<Option> OPTIONS = options();

  private CheckpointCommand() {}

  private static List<Option> options() {
    List<Option> options = new ArrayList<>(CriuArguments.COMMON);
    options.addAll(
        List.of(
            Option.value("parent-path", "earlier images of a pre-dump, relative to image-path"),
            Option.flag("leave-running", "let the container run on"),
            Option.flag("tcp-skip-in-flight", "without TCP connections that are being made"),
            Option.flag("link-remap", "with open files that were unlinked"),
            Option.integer("status-fd", "descriptor for lazy-pages (not supported)"),
            Option.value("page-server", "ADDRESS:PORT that gets the pages of memory"),
            Option.flag("pre-dump", "memory only; the container runs on")));
    return List.copyOf(options);
  }

  static int run(Session session, Arguments arguments) throws Exception {
    CriuArguments.requireRoot(session);
    Container container = session.container(arguments);
    Status status = container.status();
    if (status == Status.CREATED || status == Status.STOPPED) {
      throw new Failure("Container cannot be checkpointed in " + status.text() + " state");
    }
    if (arguments.value("status-fd") != null) {
      throw new Failure("--status-fd: not supported; it belongs to --lazy-pages");
    }
    Spec spec = container.spec();
    CriuOptions options = CriuArguments.options(session, arguments, spec);
    Path images = directory(CriuArguments.images(session, arguments));
    String work = arguments.value("work-path", "");
    ContainerDump dump =
        new ContainerDump(
            container.record().pid(),
            spec,
            CgroupHierarchy.all(session.store().layout(), container.record().cgroup()),
            container.cgroup().freezer(),
            images,
            work.isEmpty() ? images : directory(session.caller().resolve(work)),
            options);
    boolean preDump = arguments.flag("pre-dump");
    try {
      execute(dump, CriuArguments.starter(session), preDump, (script, pid) -> {});
    } catch (CriuException e) {
      throw CriuArguments.explained(session, e);
    }
    if (!preDump && !options.flags().contains(CriuFlag.LEAVE_RUNNING)) {
      container.killInit(session.front()::kill);
      new Destruction(session).destroy(container);
    }
    return 0;
  }

  private static void execute(
      ContainerDump dump,
      CriuProcess.Starter starter,
      boolean preDump,
      CriuDialogue.Notices notices)
      throws Exception {
    int version = CriuProgram.version(starter);
    if (preDump) {
      try (CriuProcess criu = starter.start(List.of())) {
        if (!CriuDialogue.tracksMemory(criu)) {
          throw new CriuException("--pre-dump: criu can't track memory on this kernel");
        }
      }
    }
    try (CriuProcess criu = starter.start(dump.files())) {
      dump.execute(criu, version, preDump, notices);
    }
  }

  private static Path directory(Path directory) throws IOException {
    return Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }
}
