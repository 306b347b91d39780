package dev.carafe.e2e.demo;

import dev.carafe.cri.v1.VersionResponse;
import dev.carafe.e2e.client.BusyboxImage;
import dev.carafe.e2e.client.Carafed;
import dev.carafe.e2e.client.CgroupTree;
import dev.carafe.e2e.client.CriClient;
import dev.carafe.e2e.client.Workload;
import dev.carafe.e2e.resctrl.ResctrlSimulator;
import io.grpc.StatusRuntimeException;
import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code make demo}: starts carafed out of its tree, runs a pod through its CRI socket, and shows
 * by the kernel's files what it is. Needs root. Exit codes: 0 each proof held, 1 not, 2 wrong use.
 */
public final class Demo {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final Path tree;
  private final Path simulator;
  private final Report report;
  private final Cleanup cleanup;
  private final DemoPicture picture;
  private final boolean recording;

  private Demo(
      Path tree,
      Path simulator,
      Report report,
      Cleanup cleanup,
      DemoPicture picture,
      boolean recording) {
    this.tree = tree;
    this.simulator = simulator;
    this.report = report;
    this.cleanup = cleanup;
    this.picture = picture;
    this.recording = recording;
  }

  /**
   * Arguments: the tree that {@code make dist} made, the resctrl simulator, the directory of the
   * README's pictures, which must show the same proofs; with {@code record} they are drawn anew.
   */
  public static void main(String[] args) {
    boolean recording = args.length == 4 && args[3].equals("record");
    if (args.length != 3 && !recording) {
      System.err.println("usage: Demo TREE RESCTRL_SIMULATOR PICTURES [record]");
      System.exit(2);
    }
    Report report = new Report(System.out, onTerminal());
    Cleanup cleanup = new Cleanup();
    Runtime.getRuntime().addShutdownHook(new Thread(cleanup::close, "cleanup"));
    DemoPicture picture = new DemoPicture(Path.of(args[2]));
    boolean ended =
        new Demo(Path.of(args[0]), Path.of(args[1]), report, cleanup, picture, recording).run();
    System.exit(ended && report.good() ? 0 : 1);
  }

  // It does return null where standard input is no terminal, as of JDK 25.
  @SuppressWarnings("SystemConsoleNull")
  private static boolean onTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  private boolean run() {
    Setting setting = null;
    try {
      setting = Setting.make(cleanup);
      show(setting);
      return true;
    } catch (IOException | StatusRuntimeException failure) {
      report.proof(
          false, "the demo ends", "failure", List.of(String.valueOf(failure.getMessage())));
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      if (!report.good()) {
        tellLog(setting);
      }
      report.step("Everything is taken away again");
      cleanup.close();
      report.done();
      left(setting);
      pictured();
    }
  }

  private void pictured() {
    try {
      List<String> differences =
          recording || !report.complete() ? List.of() : picture.differences(report.transcript());
      if (!differences.isEmpty()) {
        report.proof(
            false, "the README's picture shows these proofs", "make demo-picture", differences);
      }
      report.summary();
      if (recording && report.complete()) {
        picture.record(report.transcript());
      }
    } catch (IOException failure) {
      report.proof(false, "the README's picture", "failure", List.of(String.valueOf(failure)));
    }
  }

  /** What an administrator sees of the pod. */
  private void recordTop(Setting setting) throws IOException, InterruptedException {
    String example = tree.resolve("etc/rdt.yaml.example").toString();
    List<String> lines = new ArrayList<>();
    shoot(lines, "top --once", carafe(setting, List.of("top", "--once")));
    shoot(lines, "rdt ls", carafe(setting, List.of("rdt", "ls")));
    if (Files.isDirectory(setting.resctrl())) {
      shoot(
          lines,
          "rdt plan /opt/carafe/etc/rdt.yaml.example",
          run(List.of("rdt", "plan", example, "--resctrl", setting.resctrl().toString())));
    }
    picture.recordTop(lines);
  }

  private static void shoot(List<String> lines, String command, String output) {
    lines.add("\033[1m$ carafe " + command + "\033[0m");
    lines.addAll(output.lines().toList());
    lines.add("");
  }

  private String carafe(Setting setting, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("--address", "unix://" + setting.socket()));
    all.addAll(arguments);
    return run(all);
  }

  /** What the tree's carafe prints; it must succeed. */
  private String run(List<String> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(tree.resolve("bin/carafe").toString()));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("carafe " + String.join(" ", arguments) + ": " + output.strip());
    }
    return output;
  }

  private void show(Setting setting) throws IOException, InterruptedException {
    report.title(
        "Carafe: one pod of two containers over the CRI, proved by the kernel's own files");
    Cache cache = cache(setting);

    report.step("carafed starts from its tree and answers Version");
    Path log = setting.work().resolve("carafed.log");
    Carafed carafed = Carafed.start(tree, setting.config(), log);
    cleanup.add("carafed", carafed::stop);
    CriClient client = CriClient.of(setting.socket(), DEADLINE);
    VersionResponse version = client.awaitVersion(DEADLINE);
    report.done();
    report.proof(
        version.getRuntimeName().equals("carafe"),
        "it says who it is",
        "Version on " + setting.socket(),
        List.of(
            version.getRuntimeName()
                + " "
                + version.getRuntimeVersion()
                + ", CRI "
                + version.getRuntimeApiVersion()));

    report.step("An image of this machine's busybox, by `carafe image import`");
    importImage(setting);
    report.done();

    report.step("RunPodSandbox: namespaces, shim, CNI bridge and address");
    cleanup.add("processes", () -> killLeft(setting));
    Workload workload = DemoPod.sandbox(client, setting, cache != null);
    cleanup.add("pod", () -> remove(carafed, client, workload));
    report.done();

    report.step("CreateContainer and StartContainer, twice");
    DemoPod pod = DemoPod.fill(workload);
    report.done();
    Proofs proofs = new Proofs(report, setting, pod);
    proofs.limits();
    if (cache != null) {
      proofs.rdt(cache);
    }
    proofs.security();
    proofs.shim();

    report.section("It works: exec, log, network");
    proofs.exec();
    proofs.log();
    proofs.network();
    if (recording) {
      recordTop(setting);
    }

    new Restart(report, carafed, client, pod, setting, proofs.pid()).run();
  }

  private @Nullable Cache cache(Setting setting) throws IOException, InterruptedException {
    try {
      report.step("A resctrl file system, SIMULATED, with a class `gold`");
      Cache cache = Cache.start(simulator, setting.resctrl(), cleanup);
      report.done();
      return cache;
    } catch (ResctrlSimulator.MissingException missing) {
      report.done();
      report.skip(String.valueOf(missing.getMessage()));
      return null;
    }
  }

  private void importImage(Setting setting) throws IOException, InterruptedException {
    Path archive = setting.work().resolve("image.tar");
    BusyboxImage.write(archive, DemoPod.IMAGE);
    carafe(setting, List.of("image", "import", archive.toString()));
  }

  private static void remove(Carafed carafed, CriClient client, Workload workload)
      throws IOException, InterruptedException {
    if (!carafed.alive()) {
      carafed.restart();
      client.awaitVersion(DEADLINE);
    }
    workload.remove();
    client.close();
  }

  /** Kills what a failed removal left in the demo's own cgroup. */
  private static void killLeft(Setting setting) throws IOException {
    for (Path top : CgroupTree.directories(setting.cgroup())) {
      for (long pid : Kernel.members(top)) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
  }

  private void left(@Nullable Setting setting) {
    if (setting == null) {
      return;
    }
    try {
      List<String> left = setting.left();
      report.proof(
          left.isEmpty() && cleanup.complete(),
          "no mount, cgroup, link, process or file of the demo is left",
          "/proc/self/mounts, /sys/fs/cgroup, /sys/class/net, /proc",
          left.isEmpty() ? List.of("(nothing)") : left);
    } catch (IOException failure) {
      report.proof(false, "nothing is left", "failure", List.of(String.valueOf(failure)));
    }
  }

  private void tellLog(@Nullable Setting setting) {
    if (setting == null) {
      return;
    }
    Path log = setting.work().resolve("carafed.log");
    try {
      Files.readAllLines(log).forEach(report::note);
    } catch (IOException none) {
      report.note("carafed said nothing: " + none.getMessage());
    }
  }
}
