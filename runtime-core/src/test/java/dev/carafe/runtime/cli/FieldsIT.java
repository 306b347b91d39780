package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fields of config.json, each seen from inside the container. */
class FieldsIT {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir Path directory;

  private Carafe carafe = new Carafe(Path.of("/"), "");
  private @Nullable FrontServer server;

  @BeforeEach
  void install() throws Exception {
    Carafe.assumePossible();
    carafe =
        Carafe.install(directory, "grep", "ls", "stat", "uname", "mount", "touch", "nice", "ip");
    server = FrontServer.start(directory.resolve("front.sock"), complaint -> {});
  }

  @AfterEach
  void clean() throws Exception {
    if (!carafe.program().isEmpty()) {
      carafe.clean("c");
    }
    if (server != null) {
      server.close();
    }
  }

  private static ObjectNode shell(String script) throws Exception {
    return Carafe.template("c", "sh", "-c", script);
  }

  private static ObjectNode json(String text) throws Exception {
    return (ObjectNode) MAPPER.readTree(text.replace('\'', '"'));
  }

  private void prints(ObjectNode config, String expected) throws Exception {
    carafe.write(config);
    Carafe.Result result = carafe.withSocket(directory.resolve("front.sock"), "run", "c");
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).isEqualTo(expected);
  }

  private static void mount(ObjectNode config, String mount) throws Exception {
    config.withArray("mounts").add(json(mount));
  }

  @Test
  void personality() throws Exception {
    ObjectNode config = shell("uname -m");
    config.withObject("/linux/personality").put("domain", "LINUX32");
    prints(config, "i686\n");
  }

  @Test
  void umask() throws Exception {
    ObjectNode config = shell("umask");
    config.withObject("/process/user").put("umask", 077);
    prints(config, "0077\n");
  }

  @Test
  void userAndGroups() throws Exception {
    ObjectNode config = shell("id");
    config
        .withObject("/process/user")
        .put("uid", 5)
        .put("gid", 6)
        .putArray("additionalGids")
        .add(7);
    prints(config, "uid=5 gid=6 groups=7\n");
  }

  @Test
  void oomScoreAdj() throws Exception {
    ObjectNode config = shell("cat /proc/self/oom_score_adj");
    config.withObject("/process").put("oomScoreAdj", 321);
    prints(config, "321\n");
  }

  @Test
  void rlimits() throws Exception {
    ObjectNode config = shell("ulimit -n; ulimit -H -n");
    ArrayNode limits = config.withObject("/process").putArray("rlimits");
    limits.add(json("{'type':'RLIMIT_NOFILE','soft':100,'hard':200}"));
    prints(config, "100\n200\n");
  }

  @Test
  void scheduler() throws Exception {
    ObjectNode config = shell("cut -d' ' -f19,41 /proc/self/stat");
    Files.createSymbolicLink(carafe.bundle().resolve("rootfs/bin/cut"), Path.of("busybox"));
    config.withObject("/process").set("scheduler", json("{'policy':'SCHED_BATCH','nice':5}"));
    prints(config, "5 3\n");
  }

  @Test
  void ioPriority() throws Exception {
    ObjectNode config = shell("ionice");
    Files.createSymbolicLink(carafe.bundle().resolve("rootfs/bin/ionice"), Path.of("busybox"));
    config
        .withObject("/process")
        .set("ioPriority", json("{'class':'IOPRIO_CLASS_BE','priority':6}"));
    prints(config, "best-effort: prio 6\n");
  }

  @Test
  void memoryPolicy() throws Exception {
    ObjectNode config = shell("grep -c 'bind:0' /proc/self/numa_maps >/dev/null && echo bound");
    config.withObject("/linux").set("memoryPolicy", json("{'mode':'MPOL_BIND','nodes':'0'}"));
    prints(config, "bound\n");
  }

  @Test
  void timeOffsets() throws Exception {
    ObjectNode config =
        shell("read -r up rest < /proc/uptime; test ${up%.*} -gt 1000000 && echo old");
    config.withObject("/linux").withArray("namespaces").add(json("{'type':'time'}"));
    config
        .withObject("/linux")
        .set("timeOffsets", json("{'boottime':{'secs':2000000,'nanosecs':0}}"));
    prints(config, "old\n");
  }

  @Test
  void hostnameDomainnameAndSysctl() throws Exception {
    ObjectNode config =
        shell("cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname /proc/sys/kernel/msgmax");
    config.put("hostname", "jug").put("domainname", "cellar");
    config.withObject("/linux/sysctl").put("kernel.msgmax", "9000");
    prints(config, "jug\ncellar\n9000\n");
  }

  @Test
  void devices() throws Exception {
    ObjectNode config = shell("stat -c '%F %t %T %a %u %g' /dev/mine");
    config
        .withObject("/linux")
        .withArray("devices")
        .add(
            json(
                "{'path':'/dev/mine','type':'c','major':1,'minor':5,'fileMode':416,'uid':3,'gid':4}"));
    prints(config, "character special file 1 5 640 3 4\n");
  }

  @Test
  void mountAttributesOfAWholeTree() throws Exception {
    Path source = Files.createDirectories(directory.resolve("source/below"));
    assertThat(
            carafe.execute("/bin/mount", List.of("-t", "tmpfs", "none", source.toString())).code())
        .isZero();
    try {
      ObjectNode config = shell("touch /tree/below/x 2>/dev/null || echo refused");
      mount(
          config,
          "{'destination':'/tree','type':'bind','source':'%s','options':['rbind','rro']}"
              .formatted(source.getParent()));
      prints(config, "refused\n");
    } finally {
      carafe.execute("/bin/umount", List.of(source.toString()));
    }
  }

  @Test
  void nosymfollow() throws Exception {
    Path source = Files.createDirectories(directory.resolve("links"));
    Files.writeString(source.resolve("file"), "text\n");
    Files.createSymbolicLink(source.resolve("link"), Path.of("file"));
    ObjectNode config = shell("cat /links/file; cat /links/link 2>/dev/null || echo refused");
    mount(
        config,
        "{'destination':'/links','type':'bind','source':'%s','options':['bind','nosymfollow']}"
            .formatted(source));
    prints(config, "text\nrefused\n");
  }

  @Test
  void tmpcopyup() throws Exception {
    Path below = Files.createDirectories(carafe.bundle().resolve("rootfs/data"));
    Files.writeString(below.resolve("file"), "from the image\n");
    ObjectNode config = shell("cat /data/file; echo new > /data/new; ls /data");
    mount(
        config, "{'destination':'/data','type':'tmpfs','source':'tmpfs','options':['tmpcopyup']}");
    prints(config, "from the image\nfile\nnew\n");
    assertThat(below.resolve("new")).doesNotExist();
  }

  @Test
  void userNamespaceAndIdMappedMounts() throws Exception {
    Path source = Files.createDirectories(directory.resolve("owned"));
    Files.writeString(source.resolve("file"), "");
    String rootfs = carafe.bundle().resolve("rootfs").toString();
    assertThat(carafe.execute("/bin/chown", List.of("-R", "100000:100000", rootfs)).code())
        .isZero();
    ObjectNode config = shell("cat /proc/self/uid_map; stat -c %u /mapped/file /plain/file");
    config.withObject("/linux").withArray("namespaces").add(json("{'type':'user'}"));
    for (String ids : List.of("uidMappings", "gidMappings")) {
      config
          .withObject("/linux")
          .withArray(ids)
          .add(json("{'containerID':0,'hostID':100000,'size':65536}"));
    }
    String options = "{'destination':'%s','type':'bind','source':'%s','options':['bind'%s]}";
    mount(config, options.formatted("/mapped", source, ",'idmap'"));
    mount(config, options.formatted("/plain", source, ""));
    prints(config, "         0     100000      65536\n0\n65534\n");
  }

  /** What makes the container is not charged to it: little more than the program's own pages. */
  @RepeatedTest(3)
  void aLimitOfOneMebibyteIsEnough() throws Exception {
    ObjectNode config = shell("echo small");
    config.withObject("/linux/resources/memory").put("limit", 1 << 20);
    prints(config, "small\n");
  }

  @Test
  void capabilitiesAndNoNewPrivileges() throws Exception {
    ObjectNode config = shell("grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status");
    ObjectNode sets = config.withObject("/process/capabilities");
    for (String set : List.of("bounding", "effective", "permitted")) {
      sets.putArray(set).add("CAP_KILL");
    }
    prints(config, "CapEff:\t0000000000000020\nCapBnd:\t0000000000000020\nNoNewPrivs:\t1\n");
  }

  @Test
  void execCpuAffinity() throws Exception {
    carafe.configure("c", "sleep", "1000");
    Path socket = directory.resolve("front.sock");
    assertThat(carafe.withSocket(socket, "run", "-d", "c").err()).isEmpty();
    ObjectNode process =
        json(
            "{'args':['grep','Cpus_allowed_list','/proc/self/status'],'cwd':'/','env':['PATH=/bin'],"
                + "'execCPUAffinity':{'initial':'0','final':'0'}}");
    Files.write(directory.resolve("process.json"), MAPPER.writeValueAsBytes(process));
    Carafe.Result result =
        carafe.withSocket(socket, "exec", "-p", directory.resolve("process.json").toString(), "c");
    assertThat(result.out()).isEqualTo("Cpus_allowed_list:\t0\n");
  }

  private void prints(List<String> options, ObjectNode config, String expected) throws Exception {
    carafe.write(config);
    List<String> line = new ArrayList<>(List.of("run"));
    line.addAll(options);
    line.add("c");
    Carafe.Result result =
        carafe.withSocket(directory.resolve("front.sock"), line.toArray(String[]::new));
    assertThat(result).isEqualTo(new Carafe.Result(0, expected, ""));
  }

  @Test
  void noPivot() throws Exception {
    Files.writeString(carafe.bundle().resolve("rootfs/mark"), "inside\n");
    ObjectNode config = shell("cat /mark; cat /../../mark; ls -d /proc/1 /dev/null");
    prints(List.of("--no-pivot"), config, "inside\ninside\n/dev/null\n/proc/1\n");
    // The host's complete procfs would let a user namespace inside mount another one.
    config = shell("grep -c ' / /proc .* - proc ' /proc/self/mountinfo");
    prints(List.of("--no-pivot"), config, "1\n");
    ((ObjectNode) config.path("linux")).put("rootfsPropagation", "rprivate");
    carafe.write(config);
    assertThat(carafe.withSocket(directory.resolve("front.sock"), "run", "--no-pivot", "c").err())
        .contains("rootfsPropagation 'rprivate'");
  }

  @Test
  void remounts() throws Exception {
    ObjectNode config = shell("touch /data/x; grep ' /t ' /proc/self/mounts; touch /t/x");
    Files.createDirectories(carafe.bundle().resolve("data"));
    ArrayNode mounts = (ArrayNode) config.path("mounts");
    mounts.add(json("{'destination':'/data','type':'bind','source':'data','options':['bind']}"));
    mounts.add(json("{'destination':'/data','options':['remount','bind','ro']}"));
    mounts.add(json("{'destination':'/t','type':'tmpfs','source':'t','options':['size=64k']}"));
    mounts.add(
        json("{'destination':'/t','type':'tmpfs','options':['remount','nosuid','size=8k']}"));
    carafe.write(config);
    Carafe.Result result = carafe.withSocket(directory.resolve("front.sock"), "run", "c");
    assertThat(result.err()).isEqualTo("touch: /data/x: Read-only file system\n");
    assertThat(result.out()).contains("nosuid", "size=8k");
    assertThat(result.code()).isZero();
  }

  @Test
  void netDevices() throws Exception {
    ObjectNode config = shell("ip -o addr show; ls /sys/class/net");
    ((ObjectNode) config.path("linux")).set("netDevices", json("{'d0':{'name':'eth7'},'d1':{}}"));
    carafe.write(config);
    String script =
        "ip link add d0 type veth peer name d1; ip addr add 10.9.8.7/24 dev d0;"
            + " ip link set d1 address 02:00:00:00:00:07; ip link set d0 mtu 1400; "
            + "exec \"$@\"";
    Carafe.Result result =
        carafe.execute(
            "/usr/bin/unshare",
            List.of(
                "-n",
                "sh",
                "-c",
                script,
                "sh",
                "env",
                "CARAFE_FRONT_SOCKET=" + directory.resolve("front.sock"),
                carafe.program(),
                "--root",
                directory.resolve("state").toString(),
                "run",
                "c"));
    Assumptions.assumeFalse(
        result.err().contains("Operation not supported"), "SKIP veth: the kernel has none");
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).containsPattern("eth7 .*10\\.9\\.8\\.7/24").endsWith("d1\neth7\nlo\n");

    ((ObjectNode) config.path("linux")).set("netDevices", json("{'carafe-none':{}}"));
    carafe.write(config);
    assertThat(carafe.withSocket(directory.resolve("front.sock"), "run", "c").err())
        .contains("cannot move the network device carafe-none");
  }

  private void passwd(String lines) throws Exception {
    Path etc = Files.createDirectories(carafe.bundle().resolve("rootfs/etc"));
    Files.writeString(etc.resolve("passwd"), lines);
  }

  @Test
  void homeIsTheUsersAndTheLastOfAVariableCounts() throws Exception {
    passwd("root:x:0:0::/root:/bin/sh\nbob:x:2000:2000::/home/bob:/bin/sh");
    ObjectNode config = shell("echo $HOME $A");
    ArrayNode env = (ArrayNode) config.at("/process/env");
    env.add("A=1").add("A=2");
    prints(config, "/root 2\n");
    ((ObjectNode) config.at("/process/user")).put("uid", 2000);
    env.add("HOME=");
    prints(config, "/home/bob 2\n");
    ((ObjectNode) config.at("/process/user")).put("uid", 7);
    prints(config, "/ 2\n");
    env.add("HOME=/given");
    prints(config, "/given 2\n");
  }

  @Test
  void homesFileIsTheRootsOwnAndARegularOne() throws Exception {
    String bob = "bob:x:2000:2000::/home/bob:/bin/sh\n";
    Path outside = Files.writeString(directory.resolve("passwd"), bob);
    Path rootfs = carafe.bundle().resolve("rootfs");
    Path etc = Files.createDirectories(rootfs.resolve("etc"));
    ObjectNode config = shell("echo $HOME");
    ((ObjectNode) config.at("/process/user")).put("uid", 2000);
    Files.createSymbolicLink(etc.resolve("passwd"), outside);
    prints(config, "/\n");
    Files.delete(etc.resolve("passwd"));
    Files.createSymbolicLink(etc.resolve("passwd"), Path.of("../../run/../passwd"));
    Files.writeString(rootfs.resolve("passwd"), bob);
    Files.createDirectories(rootfs.resolve("run"));
    prints(config, "/home/bob\n");
    Files.delete(etc.resolve("passwd"));
    assertThat(carafe.execute("/usr/bin/mkfifo", List.of(etc.resolve("passwd").toString())).code())
        .isZero();
    prints(config, "/\n");
    Files.delete(etc.resolve("passwd"));
    try (RandomAccessFile large = new RandomAccessFile(etc.resolve("passwd").toFile(), "rw")) {
      large.write(bob.getBytes(StandardCharsets.UTF_8));
      large.setLength(10L << 30);
    }
    prints(config, "/\n");
  }

  @Test
  void aTmpfsHasTheModeOfWhatItCovers() throws Exception {
    ObjectNode config = shell("stat -c %a /old /new /said; grep -o 'mode=710' /proc/self/mounts");
    Path old = Files.createDirectories(carafe.bundle().resolve("rootfs/old"));
    Files.setPosixFilePermissions(old, PosixFilePermissions.fromString("rwx--x---"));
    ArrayNode mounts = (ArrayNode) config.path("mounts");
    mounts.add(json("{'destination':'/old','type':'tmpfs','source':'t'}"));
    mounts.add(json("{'destination':'/new','type':'tmpfs','source':'t'}"));
    mounts.add(json("{'destination':'/said','type':'tmpfs','source':'t','options':['mode=700']}"));
    prints(config, "710\n1777\n700\nmode=710\n");
  }

  @Test
  void targetsBehindLinksThatLeadNowhereAreMadeInTheRoot() throws Exception {
    Path outside = directory.resolve("outside");
    Path rootfs = carafe.bundle().resolve("rootfs");
    Files.createSymbolicLink(rootfs.resolve("link"), outside.resolve("deep/file"));
    Files.writeString(carafe.bundle().resolve("data"), "bound\n");
    ObjectNode config = shell("cat /link " + outside + "/deep/file");
    ((ArrayNode) config.path("mounts"))
        .add(json("{'destination':'/link','type':'bind','source':'data','options':['bind','ro']}"));
    prints(config, "bound\nbound\n");
    assertThat(outside).doesNotExist();
  }

  @Test
  void aTaskLimitOfNoneIsOne() throws Exception {
    ObjectNode config = Carafe.template("c", "cat", "/proc/self/cgroup");
    ((ObjectNode) config.path("linux")).set("resources", json("{'pids':{'limit':0}}"));
    carafe.write(config);
    Carafe.Result result = carafe.withSocket(directory.resolve("front.sock"), "run", "c");
    assertThat(result.code()).as(result.err()).isZero();
    config = shell("echo $(echo x) y");
    ((ObjectNode) config.path("linux")).set("resources", json("{'pids':{'limit':1}}"));
    carafe.write(config);
    assertThat(carafe.withSocket(directory.resolve("front.sock"), "run", "c").err())
        .contains("fork");
  }

  @Test
  void memoryPolicyIsTheExecutedProcesssToo() throws Exception {
    ObjectNode config = Carafe.template("c", "sleep", "1000");
    ((ObjectNode) config.path("linux"))
        .set("memoryPolicy", json("{'mode':'MPOL_BIND','nodes':'0'}"));
    carafe.write(config);
    Path socket = directory.resolve("front.sock");
    assertThat(carafe.withSocket(socket, "run", "-d", "c").err()).isEmpty();
    assertThat(carafe.withSocket(socket, "exec", "c", "cat", "/proc/self/numa_maps").out())
        .contains("bind:0");
  }

  @Test
  void processesThatOutliveTheirInitEndWithTheContainer() throws Exception {
    carafe.configureInHostsPids("c", "sleep", "1000");
    Path socket = directory.resolve("front.sock");
    assertThat(carafe.withSocket(socket, "run", "-d", "--pid-file", "pid", "c").err()).isEmpty();
    assertThat(
            carafe
                .withSocket(socket, "exec", "-d", "--pid-file", "second", "c", "sleep", "1000")
                .code())
        .isZero();
    Path second = carafe.bundle().resolve("second");
    ProcessHandle other = ProcessHandle.of(Long.parseLong(Files.readString(second))).orElseThrow();
    ProcessHandle init =
        ProcessHandle.of(Long.parseLong(Files.readString(carafe.bundle().resolve("pid"))))
            .orElseThrow();
    init.destroyForcibly();
    await().until(() -> carafe.withSocket(socket, "state", "c").out().contains("stopped"));
    assertThat(carafe.withSocket(socket, "kill", "c", "KILL")).isEqualTo(done());
    await().until(() -> !runs(other));
    assertThat(carafe.withSocket(socket, "kill", "c", "KILL").err())
        .contains("container not running");
  }

  @Test
  void aScheduleThatForksResetIsTheExecutedProcesss() throws Exception {
    carafe.write(Carafe.template("c", "sleep", "1000"));
    Path socket = directory.resolve("front.sock");
    assertThat(carafe.withSocket(socket, "run", "-d", "c").err()).isEmpty();
    ObjectNode process = json("{'cwd':'/','args':['cat','/proc/self/stat']}");
    process.set(
        "scheduler",
        json("{'policy':'SCHED_OTHER','nice':-5,'flags':['SCHED_FLAG_RESET_ON_FORK']}"));
    Path file = directory.resolve("process.json");
    Files.writeString(file, process.toString());
    Carafe.Result result = carafe.withSocket(socket, "exec", "--process", file.toString(), "c");
    assertThat(result.err()).isEmpty();
    assertThat(result.out().split(" ", -1)[18]).as("nice of proc_pid_stat(5)").isEqualTo("-5");
  }

  @Test
  void theDebugLogHasTheSentencesThatRuncsCallersLookFor() throws Exception {
    carafe.write(Carafe.template("c", "sleep", "1000"));
    Path socket = directory.resolve("front.sock");
    assertThat(carafe.withSocket(socket, "--debug", "run", "-d", "c").err())
        .containsSubsequence(
            "level=debug msg=\"nsexec container setup\"",
            "child process in init()",
            "init: closing the pipe to signal completion");
    assertThat(carafe.withSocket(socket, "--debug", "exec", "c", "true").err())
        .containsSubsequence(
            "nsexec container setup", "child process in init()", "setns_init: about to exec");
  }

  @Test
  void aFrozenCgroupIsRefusedAndStays() throws Exception {
    Path freezer = Path.of("/sys/fs/cgroup/freezer");
    boolean legacy = Files.isDirectory(freezer);
    Path root = legacy ? freezer : Path.of("/sys/fs/cgroup");
    Path cgroup = Files.createDirectories(root.resolve(Carafe.PARENT.substring(1) + "/c"));
    Path switched = cgroup.resolve(legacy ? "freezer.state" : "cgroup.freeze");
    Files.writeString(switched, legacy ? "FROZEN" : "1");
    carafe.configure("c", "true");
    for (int i = 0; i < 2; i++) {
      assertThat(carafe.withSocket(directory.resolve("front.sock"), "run", "c").err())
          .contains("container's cgroup unexpectedly frozen");
    }
    assertThat(switched).exists();
  }

  private static Carafe.Result done() {
    return new Carafe.Result(0, "", "");
  }

  /** A zombie that nobody reaps yet has ended. */
  private static boolean runs(ProcessHandle process) throws Exception {
    Path stat = Path.of("/proc/" + process.pid() + "/stat");
    try {
      return !Files.readString(stat).contains(") Z ");
    } catch (NoSuchFileException gone) {
      return false;
    }
  }

  @Test
  void aProgramWithoutItsInterpreterIsOneLine() throws Exception {
    Path script = carafe.bundle().resolve("rootfs/run.sh");
    Files.writeString(script, "#!/no/such/program\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    carafe.write(Carafe.template("c", "/run.sh"));
    assertThat(carafe.withSocket(directory.resolve("front.sock"), "run", "c"))
        .isEqualTo(new Carafe.Result(255, "", "exec /run.sh: no such file or directory\n"));
  }
}
