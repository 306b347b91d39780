package dev.carafe.runtime.checkpoint;

import dev.carafe.runtime.plan.CgroupHierarchy;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Saves a running container.
 *
 * @param pid host pid of its init
 * @param spec its configuration
 * @param hierarchies the machine's v1 cgroups as it sees them
 * @param freezer the cgroup directory by which criu stops it; null where criu can't
 * @param images absolute directory of the images, which exists
 * @param work absolute directory of the log, which exists
 * @param options what the caller chose
 */
public record ContainerDump(
    int pid,
    Spec spec,
    List<CgroupHierarchy> hierarchies,
    @Nullable Path freezer,
    Path images,
    Path work,
    CriuOptions options) {
  /** Descriptor keys of joined namespaces, which the restore names again; runc's words. */
  static final String NETWORK_KEY = "extRootNetNS";

  static final String PIDS_KEY = "extRootPidNS";

  /** The first criu that takes a pid namespace from outside: 3.15. */
  static final int VERSION_OF_EXTERNAL_PIDS = 31500;

  /** The first that takes a network namespace from outside: 3.11. */
  static final int VERSION_OF_EXTERNAL_NETWORK = 31100;

  private static final int VERSION_OF_UNIFIED_FREEZER = 31400;
  private static final int LOG_LEVEL = 4;
  private static final String LOG = "dump.log";

  public ContainerDump {
    Objects.requireNonNull(spec, "spec");
    hierarchies = List.copyOf(hierarchies);
    Objects.requireNonNull(images, "images");
    Objects.requireNonNull(work, "work");
    Objects.requireNonNull(options, "options");
  }

  /** The files that criu needs open. */
  public List<String> files() {
    return List.of(images.toString(), work.toString());
  }

  /** Where criu's log is. */
  public Path log() {
    return work.resolve(LOG);
  }

  /**
   * Saves it, or with {@code preDump} its memory only, upon which it runs on.
   *
   * @param criu started with {@link #files}
   * @param version of criu
   * @throws Exception {@link CriuException} when criu fails, or what a notice threw
   */
  public void execute(CriuProcess criu, int version, boolean preDump, CriuDialogue.Notices notices)
      throws Exception {
    if (!preDump) {
      Descriptors.save(pid, images);
    }
    CriuRequest request =
        new CriuRequest(preDump ? CriuRequest.Type.SINGLE_PRE_DUMP : CriuRequest.Type.DUMP);
    CriuDialogue.hold(criu, fill(request, criu.numbers(), version, preDump), log(), notices);
  }

  private CriuRequest fill(CriuRequest request, List<Integer> numbers, int version, boolean preDump)
      throws IOException {
    Path root = Path.of("/proc", Integer.toString(pid), "root");
    request
        .number(CriuField.IMAGES_DIR_FD, numbers.get(0))
        .number(CriuField.WORK_DIR_FD, numbers.get(1))
        .number(CriuField.PID, pid)
        .number(CriuField.LOG_LEVEL, LOG_LEVEL)
        .text(CriuField.LOG_FILE, LOG)
        .flag(CriuField.NOTIFY_SCRIPTS, true)
        .flag(CriuField.ORPHAN_PTS_MASTER, true)
        .flag(CriuField.TRACK_MEM, preDump || !options.parent().isEmpty())
        .number(CriuField.EMPTY_NS, Namespace.Type.NETWORK.cloneFlag())
        .number(CriuField.MANAGE_CGROUPS_MODE, options.cgroups().number())
        .text(CriuField.PARENT_IMG, options.parent())
        .text(CriuField.CONFIG_FILE, options.configFile());
    for (CriuFlag flag : options.flags()) {
      request.flag(flag.field(), true);
    }
    CriuOptions.PageServer server = options.pageServer();
    if (server != null) {
      request.message(
          CriuField.PAGE_SERVER,
          new ProtoWriter().text(1, server.address()).number(2, server.port()));
    }
    if (freezer != null && (!isUnified(freezer) || version >= VERSION_OF_UNIFIED_FREEZER)) {
      request.text(CriuField.FREEZE_CGROUP, freezer.toString());
    }
    joined(request, Namespace.Type.NETWORK, "net", NETWORK_KEY, version);
    joined(request, Namespace.Type.PID, "pid", PIDS_KEY, version);
    ExternalMounts.saved(spec, hierarchies, root)
        .forEach((place, name) -> request.text(CriuField.EXTERNAL, "mnt[" + place + "]:" + name));
    return request;
  }

  private static boolean isUnified(Path directory) {
    return Files.exists(directory.resolve("cgroup.freeze"));
  }

  private void joined(
      CriuRequest request, Namespace.Type type, String name, String key, int version)
      throws IOException {
    Linux linux = Objects.requireNonNull(spec.linux(), "a valid configuration has a Linux part");
    Namespace namespace = linux.namespace(type);
    int needed =
        type == Namespace.Type.PID ? VERSION_OF_EXTERNAL_PIDS : VERSION_OF_EXTERNAL_NETWORK;
    if (namespace == null || namespace.path() == null || version < needed) {
      return;
    }
    Object inode =
        Files.getAttribute(Path.of("/proc", Integer.toString(pid), "ns", name), "unix:ino");
    request.text(CriuField.EXTERNAL, "%s[%s]:%s".formatted(name, inode, key));
  }
}
