package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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
    carafe = Carafe.install(directory);
    Path bin = carafe.bundle().resolve("rootfs/bin");
    for (String name : List.of("grep", "ls", "stat", "uname", "mount", "touch", "nice")) {
      Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
    }
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

  @Test
  void aLimitOfSixMebibytesIsEnough() throws Exception {
    ObjectNode config = shell("echo small");
    config.withObject("/linux/resources/memory").put("limit", 6 << 20);
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
}
