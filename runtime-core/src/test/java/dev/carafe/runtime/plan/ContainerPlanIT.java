package dev.carafe.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carafe.runtime.spec.Capability;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans of configurations, run by the real launcher on the real kernel. */
class ContainerPlanIT {
  private static final String MAPS = "[{\"containerID\":0,\"hostID\":200000,\"size\":65536}]";

  @TempDir Path directory;

  @BeforeEach
  void prerequisites() throws Exception {
    Launch.assumePossible();
    Launch.rootfs(directory.resolve("rootfs"));
  }

  private Launch sh(Config config, String script) throws Exception {
    return Launch.run(config.script(script).compile(directory), directory);
  }

  private String output(Config config, String script) throws Exception {
    return output(config.script(script));
  }

  private String output(Config config) throws Exception {
    Launch launch = Launch.run(config.compile(directory), directory);
    assertThat(launch.stderr()).isEmpty();
    assertThat(launch.exitCode()).isZero();
    return launch.stdout();
  }

  private static Map<String, String> table(String text) {
    Map<String, String> table = new HashMap<>();
    for (String line : text.lines().toList()) {
      String[] parts = line.split(":?[ \t]{2,}|:[ \t]", 2);
      table.put(parts[0], parts.length == 2 ? parts[1].strip() : "");
    }
    return table;
  }

  @Test
  void aProgramRunsAsProcessOne() throws Exception {
    Launch launch = sh(new Config(), "echo $$ hello; exit 7");

    assertThat(launch.stdout()).isEqualTo("1 hello\n");
    assertThat(launch.stderr()).isEmpty();
    assertThat(launch.exitCode()).isEqualTo(7);
  }

  @Test
  void theHostsTreeIsGone() throws Exception {
    String mounts = output(new Config(), "cut -d' ' -f5 /proc/self/mountinfo");

    assertThat(output(new Config(), "echo /*")).isEqualTo("/bin /dev /proc /sys\n");
    assertThat(mounts.lines()).containsOnlyOnce("/", "/proc", "/dev", "/sys", "/sys/fs/cgroup");
    assertThat(mounts.lines().filter(point -> !point.equals("/")))
        .allMatch(point -> point.matches("/(proc|dev|sys)(/.*)?"));
  }

  /** The fourth is the shell's own, on the directory that it reads. */
  @Test
  void noDescriptorIsLeft() throws Exception {
    assertThat(output(new Config(), "echo /proc/self/fd/*"))
        .isEqualTo("/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n");
  }

  @Test
  void aReadOnlyRootRefusesWritesAndMountsInItDoNot() throws Exception {
    Config config = new Config().set("/root", "readonly", "true");

    Launch launch = sh(config, "touch /dev/shm/x && touch /new");

    assertThat(launch.exitCode()).isEqualTo(1);
    assertThat(launch.stderr()).contains("/new: Read-only file system");
  }

  @Test
  void maskedAndReadOnlyPathsAreSo() throws Exception {
    Config config =
        new Config()
            .set("/linux", "maskedPaths", "[\"/proc/uptime\", \"/proc/driver\", \"/proc/missing\"]")
            .set("/linux", "readonlyPaths", "[\"/proc/sys\"]");

    assertThat(
            output(
                config,
                "cat /proc/uptime | grep -c . ; ls -A /proc/driver; ! touch /proc/sys/kernel/panic 2>&1"))
        .isEqualTo("0\ntouch: /proc/sys/kernel/panic: Read-only file system\n");
  }

  @Test
  void bindMountsOfFilesAndDirectoriesAreAttachedInOrder() throws Exception {
    Path data = Files.createDirectories(directory.resolve("data"));
    Files.writeString(data.resolve("file"), "content\n");
    Config config =
        new Config()
            .append(
                "/mounts",
                "{\"destination\":\"/a/b\",\"type\":\"bind\",\"source\":\""
                    + data
                    + "\",\"options\":[\"rbind\",\"ro\"]}")
            .append(
                "/mounts",
                "{\"destination\":\"/etc/one\",\"source\":\""
                    + data.resolve("file")
                    + "\",\"options\":[\"bind\"]}")
            .append(
                "/mounts",
                "{\"destination\":\"/sys/fs/cgroup/../pstore\",\"type\":\"bind\",\"source\":\""
                    + data
                    + "\",\"options\":[\"bind\"]}");

    String out =
        output(
            config,
            "cat /a/b/file /etc/one; echo more >> /etc/one; touch /a/b/x 2>&1; ls /sys/fs/pstore");

    assertThat(out).isEqualTo("content\ncontent\ntouch: /a/b/x: Read-only file system\nfile\n");
    assertThat(data.resolve("file")).hasContent("content\nmore\n");
  }

  @Test
  void aMissingSourceIsNamed() throws Exception {
    Config config =
        new Config()
            .append(
                "/mounts",
                "{\"destination\":\"/data\",\"type\":\"bind\",\"source\":\"/srv/x/missing\"}");
    Plan plan = config.script("true").compile(directory);

    Launch launch = Launch.run(plan, directory);

    assertThat(launch.exitCode()).isEqualTo(125);
    int index =
        Integer.parseInt(launch.stderr().replaceAll("(?s).*operation (\\d+) OPEN_TREE.*", "$1"));
    assertThat(plan.describe(index, 2, 0, ""))
        .isEqualTo("cannot mount /data from /srv/x/missing: No such file or directory");
  }

  @Test
  void procfsIsNotOvermounted() throws Exception {
    Files.createSymbolicLink(directory.resolve("rootfs/innocent"), Path.of("/proc/self/attr"));
    Config linked =
        new Config()
            .append(
                "/mounts",
                "{\"destination\":\"/sys/../innocent\",\"type\":\"tmpfs\",\"source\":\"x\"}");
    Config nested =
        new Config()
            .append(
                "/mounts", "{\"destination\":\"/proc/self\",\"type\":\"tmpfs\",\"source\":\"x\"}");
    Config allowed =
        new Config()
            .append(
                "/mounts",
                "{\"destination\":\"/proc/uptime\",\"type\":\"bind\",\"source\":\"/bin/busybox\",\"options\":[\"bind\"]}");

    for (Config onProcfs : List.of(linked, nested)) {
      assertThat(sh(onProcfs, "true").stderr())
          .contains("ATTACH")
          .contains("Operation not permitted");
    }
    assertThat(output(allowed, "ls -l /proc/uptime | grep -c rwx")).isEqualTo("1\n");
  }

  @Test
  void capabilitiesAreTheOnesGiven() throws Exception {
    Config config =
        new Config()
            .set(
                "/process",
                "capabilities",
                "{\"bounding\":[\"CAP_KILL\",\"CAP_CHOWN\"],\"permitted\":[\"CAP_KILL\",\"CAP_CHOWN\"],\"effective\":[\"CAP_KILL\"],\"inheritable\":[\"CAP_KILL\"],\"ambient\":[\"CAP_KILL\",\"CAP_CHOWN\"]}")
            .set("/process", "user", "{\"uid\":1000,\"gid\":1001,\"additionalGids\":[7,8]}");

    Map<String, String> status = table(output(config, "cat /proc/self/status"));

    String kill = "%016x".formatted(Capability.KILL.mask());
    assertThat(status)
        .containsEntry(
            "CapBnd", "%016x".formatted(Capability.KILL.mask() | Capability.CHOWN.mask()))
        .containsEntry("CapPrm", kill)
        .containsEntry("CapEff", kill)
        .containsEntry("CapInh", kill)
        .containsEntry("CapAmb", kill)
        .containsEntry("Uid", "1000\t1000\t1000\t1000")
        .containsEntry("Gid", "1001\t1001\t1001\t1001")
        .containsEntry("Groups", "7 8");
  }

  /** What a process would inherit from the agent, against the table of what it gets. */
  @Test
  void nothingIsInheritedFromTheAgent() throws Exception {
    Config config = new Config().set("/process", "noNewPrivileges", "true");

    Map<String, String> status =
        table(output(config.set("/process", "args", "[\"cat\",\"/proc/self/status\"]")));
    String nice =
        output(
            new Config(),
            "cat /proc/self/stat | cut -d' ' -f19; cat /proc/self/oom_score_adj; umask");

    assertThat(status)
        .containsEntry("SigBlk", "0000000000000000")
        .containsEntry("SigIgn", "0000000000000000")
        .containsEntry("NoNewPrivs", "1")
        .containsEntry("Seccomp", "0")
        .containsEntry("CapAmb", "0000000000000000")
        .containsEntry("CapInh", "0000000000000000")
        .containsEntry("Umask", "0022");
    assertThat(nice).isEqualTo("0\n0\n0022\n");
  }

  @Test
  void limitsAreStated() throws Exception {
    assumeTrue(
        (Config.ownCapabilities() & Capability.SYS_RESOURCE.mask()) != 0,
        "SKIP strict limits: no CAP_SYS_RESOURCE to raise limits");

    assertThat(limits(new Config().set("/process", "rlimits", "[]")))
        .containsEntry("Max open files", "1024                 1048576              files")
        .containsEntry("Max processes", "unlimited            unlimited            processes")
        .containsEntry("Max stack size", "8388608              unlimited            bytes");
  }

  /** Lowering needs no privilege, so this holds on every machine. */
  @Test
  void loweredLimitsAreStated() throws Exception {
    Config config =
        new Config()
            .set(
                "/process",
                "rlimits",
                "[{\"type\":\"RLIMIT_NOFILE\",\"soft\":100,\"hard\":200},{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":0},{\"type\":\"RLIMIT_NPROC\",\"soft\":50,\"hard\":60}]");

    Map<String, String> limits = limits(config);

    assertThat(columns(limits.get("Max open files"))).containsExactly("100", "200", "files");
    assertThat(columns(limits.get("Max core file size"))).containsExactly("0", "0", "bytes");
    assertThat(columns(limits.get("Max processes"))).containsExactly("50", "60", "processes");
    assertThat(columns(limits.get("Max nice priority"))).containsExactly("0", "0");
    assertThat(columns(limits.get("Max msgqueue size")))
        .containsExactly("819200", "819200", "bytes");
  }

  /**
   * A JVM raises its soft limit of open files: a container never sees that, even where the hard
   * limit can't be raised.
   */
  @Test
  void theSoftLimitOfOpenFilesIsNotTheAgents() throws Exception {
    Map<String, String> limits = limits(new Config().set("/process", "rlimits", "[]"));

    assertThat(columns(limits.get("Max open files")).getFirst()).isEqualTo("1024");
  }

  private Map<String, String> limits(Config config) throws Exception {
    return table(output(config, "cat /proc/self/limits"));
  }

  private static List<String> columns(@org.jspecify.annotations.Nullable String line) {
    return List.of(String.valueOf(line).strip().split(" +", -1));
  }

  @Test
  void hostNameAndSysctlAreTheContainers() throws Exception {
    Config config =
        new Config()
            .set(
                "/linux",
                "sysctl",
                "{\"net.ipv4.ip_unprivileged_port_start\":\"80\",\"kernel.shm_rmid_forced\":\"1\"}");

    assertThat(
            output(
                config,
                "hostname; cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shm_rmid_forced"))
        .isEqualTo("runc\n80\n1\n");
  }

  @Test
  void theWorkingDirectoryIsMade() throws Exception {
    assertThat(output(new Config().set("/process", "cwd", "\"/srv/deep\""), "pwd"))
        .isEqualTo("/srv/deep\n");
  }

  @Test
  void aMissingProgramIsNamed() throws Exception {
    Config config = new Config().set("/process", "args", "[\"/no/such\"]");
    Plan plan = config.compile(directory);

    Launch launch = Launch.run(plan, directory);

    assertThat(launch.exitCode()).isEqualTo(125);
    assertThat(launch.stderr()).contains("EXEC");
    assertThat(plan.describe(plan.steps().size() - 1, 2, 0, ""))
        .isEqualTo("exec /no/such: No such file or directory");
  }

  /**
   * A filter of two instructions' worth: getppid gives EPERM... written by hand, for nothing here
   * compiles filters.
   */
  @Test
  void theSeccompFilterIsInForce() throws Exception {
    ByteBuffer program = ByteBuffer.allocate(4 * 8).order(ByteOrder.LITTLE_ENDIAN);
    instruction(program, 0x20, 0, 0, 0); // load the system call's number
    instruction(program, 0x15, 0, 1, 83); // mkdir on x86-64 or go on
    instruction(program, 0x06, 0, 0, 0x0005_0000 | 99); // refuse with errno 99
    instruction(program, 0x06, 0, 0, 0x7fff_0000); // allow
    for (String nnp : List.of("true", "false")) {
      Config config =
          new Config()
              .set("/process", "noNewPrivileges", nnp)
              .script("mkdir /x; grep Seccomp: /proc/self/status");
      LaunchContext base =
          Config.context(new Rootfs.Directory(directory.resolve("rootfs").toString()));
      LaunchContext context =
          new LaunchContext(
              base.id(),
              base.bundle(),
              base.rootfs(),
              base.placement(),
              base.hierarchies(),
              new SeccompFilter(0, Blob.of(program.array())),
              base.ownCapabilities(),
              true,
              false);

      Launch launch = Launch.run(PlanCompiler.compile(config.spec(), context), directory);

      assertThat(launch.stdout()).isEqualTo("Seccomp:\t2\n");
      assertThat(launch.stderr()).contains("Cannot assign requested address");
    }
  }

  private static void instruction(ByteBuffer program, int code, int yes, int no, int value) {
    program.putShort((short) code).put((byte) yes).put((byte) no).putInt(value);
  }

  @Test
  void aUserNamespaceHasAnIdMappedOverlay() throws Exception {
    for (String name : List.of("upper", "work", "scratch")) {
      Files.createDirectories(directory.resolve(name));
    }
    Config config =
        new Config()
            .append("/linux/namespaces", "{\"type\":\"user\"}")
            .set("/linux", "uidMappings", MAPS)
            .set("/linux", "gidMappings", MAPS)
            .script(
                "id -u; stat -c %u /bin/busybox; touch /mine; cat /proc/self/uid_map; echo x > /dev/null; ls /dev/mqueue; cat /proc/sys/kernel/hostname");
    Rootfs rootfs =
        new Rootfs.Overlay(
            List.of(directory.resolve("rootfs").toString()),
            directory.resolve("upper").toString(),
            directory.resolve("work").toString(),
            directory.resolve("scratch").toString());

    Launch launch =
        Launch.run(PlanCompiler.compile(config.spec(), Config.context(rootfs)), directory);

    assertThat(launch.stderr()).isEmpty();
    assertThat(launch.stdout().replaceAll(" +", " ")).isEqualTo("0\n0\n 0 200000 65536\nrunc\n");
    assertThat(Files.getAttribute(directory.resolve("upper/mine"), "unix:uid")).isEqualTo(0);
  }

  @Test
  void inAUserNamespaceADeviceOfTheWrongNumbersIsNotBound() throws Exception {
    Config config =
        new Config()
            .append("/linux/namespaces", "{\"type\":\"user\"}")
            .set("/linux", "uidMappings", MAPS)
            .set("/linux", "gidMappings", MAPS)
            .set(
                "/linux",
                "devices",
                "[{\"path\":\"/dev/zero\",\"type\":\"c\",\"major\":1,\"minor\":3}]");
    Plan plan = config.script("true").compile(directory);

    Launch launch = Launch.run(plan, directory);

    assertThat(launch.exitCode()).isEqualTo(125);
    int index =
        Integer.parseInt(launch.stderr().replaceAll("(?s).*operation (\\d+) IS_DEVICE.*", "$1"));
    assertThat(plan.describe(index, 19, 0, ""))
        .isEqualTo("/dev/zero is not the device c 1:3: No such device");
  }

  @Test
  void anUnprivilegedUserOpensItsStdoutByName() throws Exception {
    Config config = new Config().set("/process", "user", "{\"uid\":1000,\"gid\":1000}");

    assertThat(output(config, "(echo inner > /dev/stdout) | cat")).isEqualTo("inner\n");
  }
}
