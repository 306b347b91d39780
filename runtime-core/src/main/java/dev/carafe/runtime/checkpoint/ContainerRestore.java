package dev.carafe.runtime.checkpoint;

import dev.carafe.runtime.plan.CgroupHierarchy;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Brings a container back. Its cgroup exists, its root is mounted, and criu stands in the cgroup.
 *
 * @param spec its configuration
 * @param hierarchies the machine's v1 cgroups as it sees them
 * @param root where its root file system is mounted, absolute
 * @param images absolute directory of the images
 * @param work absolute directory of the log, which exists
 * @param options what the caller chose
 */
public record ContainerRestore(
    Spec spec,
    List<CgroupHierarchy> hierarchies,
    Path root,
    Path images,
    Path work,
    CriuOptions options) {
  private static final int VERSION_OF_LSM = 31600;
  private static final int LOG_LEVEL = 4;
  private static final String LOG = "restore.log";
  private static final int DIRECTORIES = 2;

  public ContainerRestore {
    Objects.requireNonNull(spec, "spec");
    hierarchies = List.copyOf(hierarchies);
    Objects.requireNonNull(root, "root");
    Objects.requireNonNull(images, "images");
    Objects.requireNonNull(work, "work");
    Objects.requireNonNull(options, "options");
  }

  /** The files that criu needs open. */
  public List<String> files() {
    List<String> files = new ArrayList<>(List.of(images.toString(), work.toString()));
    inherited().forEach(joined -> files.add(joined.path()));
    return files;
  }

  /** Where criu's log is. */
  public Path log() {
    return work.resolve(LOG);
  }

  /**
   * Restores it. Its stdin, stdout and stderr, where they were pipes, are criu's own.
   *
   * @param criu started with {@link #files}
   * @param version of criu
   * @return host pid of its init, which runs
   * @throws Exception {@link CriuException} when criu fails, or what a notice threw
   */
  public int execute(CriuProcess criu, int version, CriuDialogue.Notices notices) throws Exception {
    boolean lsm = !options.lsmProfile().isEmpty() || !options.lsmMountContext().isEmpty();
    if (lsm && version < VERSION_OF_LSM) {
      throw new CriuException(
          "lsm-profile and lsm-mount-context need criu 3.16 or later; this one is %d.%d"
              .formatted(version / 10_000, version / 100 % 100));
    }
    return CriuDialogue.hold(criu, fill(criu), log(), notices);
  }

  private CriuRequest fill(CriuProcess criu) throws IOException, CriuException {
    List<Integer> numbers = criu.numbers();
    CriuRequest request =
        new CriuRequest(CriuRequest.Type.RESTORE)
            .number(CriuField.IMAGES_DIR_FD, numbers.get(0))
            .number(CriuField.WORK_DIR_FD, numbers.get(1))
            .number(CriuField.LOG_LEVEL, LOG_LEVEL)
            .text(CriuField.LOG_FILE, LOG)
            .text(CriuField.ROOT, root.toString())
            .flag(CriuField.RST_SIBLING, true)
            .flag(CriuField.NOTIFY_SCRIPTS, true)
            .flag(CriuField.ORPHAN_PTS_MASTER, true)
            .number(CriuField.EMPTY_NS, Namespace.Type.NETWORK.cloneFlag())
            .number(CriuField.MANAGE_CGROUPS_MODE, options.cgroups().number())
            .text(CriuField.LSM_PROFILE, options.lsmProfile())
            .text(CriuField.LSM_MOUNT_CONTEXT, options.lsmMountContext())
            .text(CriuField.CONFIG_FILE, options.configFile());
    for (CriuFlag flag : options.flags()) {
      request.flag(flag.field(), true);
    }
    namespaces(request, numbers);
    stdio(request);
    if (options.cgroups() != CgroupMode.IGNORE) {
      cgroups(request, criu.pid());
    }
    ExternalMounts.restored(spec, hierarchies, root)
        .forEach((name, source) -> request.text(CriuField.EXTERNAL, "mnt[" + name + "]:" + source));
    return request;
  }

  private record Joined(String key, String path) {}

  /** Namespaces that criu takes as descriptors. */
  private List<Joined> inherited() {
    List<Joined> joined = new ArrayList<>();
    for (Namespace namespace : linux().namespaces()) {
      String path = namespace.path();
      if (path != null && namespace.type() == Namespace.Type.NETWORK) {
        joined.add(new Joined(ContainerDump.NETWORK_KEY, path));
      } else if (path != null && namespace.type() == Namespace.Type.PID) {
        joined.add(new Joined(ContainerDump.PIDS_KEY, path));
      }
    }
    return joined;
  }

  private void namespaces(CriuRequest request, List<Integer> numbers) throws CriuException {
    List<Joined> inherited = inherited();
    for (int i = 0; i < inherited.size(); i++) {
      inherit(request, inherited.get(i).key(), numbers.get(DIRECTORIES + i));
    }
    for (Namespace namespace : linux().namespaces()) {
      String path = namespace.path();
      if (path == null) {
        continue;
      }
      switch (namespace.type()) {
        case NETWORK, PID -> {}
        case CGROUP, MOUNT ->
            throw new CriuException(
                "criu can't restore into the %s namespace %s; expected a new one"
                    .formatted(namespace.type(), path));
        case IPC -> join(request, "ipc", path);
        case UTS -> join(request, "uts", path);
        case USER -> join(request, "user", path);
        case TIME -> join(request, "time", path);
      }
    }
  }

  private static void join(CriuRequest request, String type, String path) {
    request.message(CriuField.JOIN_NS, new ProtoWriter().text(1, type).text(2, path));
  }

  private static void inherit(CriuRequest request, String key, int number) {
    request.message(CriuField.INHERIT_FD, new ProtoWriter().text(1, key).number(2, number));
  }

  private void stdio(CriuRequest request) throws IOException, CriuException {
    List<String> links = Descriptors.load(images);
    for (int fd = 0; fd < links.size(); fd++) {
      if (links.get(fd).startsWith("pipe:")) {
        inherit(request, links.get(fd), fd);
      }
    }
  }

  /** The cgroups that criu stands in become the roots of those that it restores. */
  private static void cgroups(CriuRequest request, int criu) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc", Integer.toString(criu), "cgroup"))) {
      String[] parts = line.split(":", 3);
      for (String controller : parts[1].split(",", -1)) {
        request.message(CriuField.CG_ROOT, new ProtoWriter().text(1, controller).text(2, parts[2]));
      }
    }
  }

  private Linux linux() {
    return Objects.requireNonNull(spec.linux(), "a valid configuration has a Linux part");
  }
}
