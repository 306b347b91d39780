package dev.carafe.runtime.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.runtime.linux.Renames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Attacks on the whole command line. Each is tried three times: on the product, on the twin with
 * all its guards (both must stand), and on the twin without those that stop it (it must fall, else
 * the test attacks nothing).
 */
class AttackIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Not JUnit's, which warns of each link that a hostile image has. */
  private Path directory = Path.of("/");

  private Path socket = Path.of("/");
  private AutoCloseable server = () -> {};
  private final List<World> worlds = new CopyOnWriteArrayList<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();

  /** What a hostile image does: whether it got what it wanted. */
  private interface Attack {
    boolean succeeds(World world) throws Exception;
  }

  @BeforeEach
  void serve() throws Exception {
    Carafe.assumePossible();
    directory = Files.createTempDirectory("carafe-attack-");
    socket = directory.resolve("front.sock");
    server = FrontServer.start(socket, complaints::add);
  }

  @AfterEach
  void clean() throws Exception {
    for (World world : worlds) {
      world.clear();
    }
    Carafe.removeCgroups();
    server.close();
    assertThat(new ProcessBuilder("rm", "-rf", directory.toString()).start().waitFor()).isZero();
  }

  private World kept(World world) {
    worlds.add(world);
    return world;
  }

  private void tryWithAndWithout(String guards, Attack attack) throws Exception {
    World product = kept(World.whole(directory.resolve("product"), socket));
    assertThat(attack.succeeds(product)).as("the attack on carafe").isFalse();
    product.clear();
    World twin = kept(World.without(directory.resolve("twin"), socket, ""));
    assertThat(attack.succeeds(twin)).as("the attack on the twin with its guards").isFalse();
    twin.clear();
    World naked = kept(World.without(directory.resolve("naked"), socket, guards));
    assertThat(attack.succeeds(naked)).as("the attack without " + guards).isTrue();
  }

  private static boolean isEmpty(Path directory) {
    return Files.exists(directory) && List.of(requireNonNull(directory.toFile().list())).isEmpty();
  }

  /** CVE-2021-30465, CVE-2024-45310, crun's CVE-2019-18837 and CVE-2025-24965. */
  @ParameterizedTest
  @ValueSource(strings = {"/target/made", "/target/deep/er/made"})
  void aVolumesDirectoryIsMadeInTheRootOnly(String destination) throws Exception {
    tryWithAndWithout(
        "resolve",
        world -> {
          world.link("target", world.canary().toString());
          ObjectNode config = World.config("true");
          World.bind(config, Files.createDirectories(directory.resolve("volume")), destination);
          world.run(config);
          return !isEmpty(world.canary());
        });
  }

  /** What a node agent does with hosts and resolv.conf: the image's links lead to the host. */
  @ParameterizedTest
  @ValueSource(strings = {"etc/hosts", "etc/resolv.conf"})
  void aVolumesFileIsMadeInTheRootOnly(String name) throws Exception {
    Path volume = Files.writeString(directory.resolve("volume"), "the agent's\n");
    tryWithAndWithout(
        "resolve,nofollow,links",
        world -> {
          world.link(name.substring(0, name.indexOf('/')), world.canary().toString());
          ObjectNode config = World.config("true");
          World.bind(config, volume, "/" + name);
          world.run(config);
          return !isEmpty(world.canary());
        });
  }

  @Test
  void theWorkingDirectoryIsMadeInTheRootOnly() throws Exception {
    tryWithAndWithout(
        "resolve",
        world -> {
          world.link("job", world.canary().toString());
          ObjectNode config = World.config("true");
          ((ObjectNode) config.path("process")).put("cwd", "/job/made");
          world.run(config);
          return !isEmpty(world.canary());
        });
  }

  /** CVE-2026-41579, crun's CVE-2026-47766: links and nodes of an image's /dev made on the host. */
  @Test
  void devicesAreMadeInTheRootOnly() throws Exception {
    tryWithAndWithout(
        "resolve",
        world -> {
          world.link("dev", world.canary().toString());
          ObjectNode config = World.config("true");
          World.unmount(config, "/dev");
          world.run(config);
          return Files.exists(world.canary().resolve("null"))
              || Files.isSymbolicLink(world.canary().resolve("fd"));
        });
  }

  @Test
  void whatATmpfsStartsWithIsReadInTheRootOnly() throws Exception {
    tryWithAndWithout(
        "resolve-read",
        world -> {
          Files.writeString(world.canary().resolve("key"), "secret of the host\n");
          world.link("data", world.canary().toString());
          Files.createDirectories(Path.of(world.rootfs() + world.canary().toString()));
          ObjectNode config = World.config("sh", "-c", "cat /data/key");
          ((ArrayNode) config.path("mounts"))
              .addObject()
              .put("destination", "/data")
              .put("type", "tmpfs")
              .put("source", "tmpfs")
              .putArray("options")
              .add("tmpcopyup");
          return world.run(config).out().contains("secret of the host");
        });
  }

  /** CVE-2021-30465: a directory that is a link at the moment of the mount. */
  @Test
  void aRacingSwapNeverWins() throws Exception {
    tryWithAndWithout(
        "resolve",
        world -> {
          Files.createDirectories(world.rootfs().resolve("target"));
          world.link("other", world.canary().toString());
          Path volume = Files.createDirectories(directory.resolve("volume"));
          try (Renames _ =
              new Renames(world.rootfs().resolve("target"), world.rootfs().resolve("other"))) {
            for (int i = 0; i < 10 && isEmpty(world.canary()); i++) {
              ObjectNode config = World.config("true");
              World.bind(config, volume, "/target/made" + i);
              world.run(config);
            }
          }
          return !isEmpty(world.canary());
        });
  }

  /** CVE-2023-27561, CVE-2023-28642. */
  @ParameterizedTest
  @ValueSource(strings = {"proc", "sys"})
  void aLinkIsNoPlaceForAKernelsFileSystem(String name) throws Exception {
    tryWithAndWithout(
        "links",
        world -> {
          Files.createDirectories(world.rootfs().resolve("elsewhere"));
          world.link(name, "/elsewhere");
          Carafe.Result result = world.run(World.config("sh", "-c", "echo /elsewhere/*"));
          return result.out().contains("/elsewhere/kernel")
              || result.out().contains("/elsewhere/version");
        });
  }

  /** CVE-2019-16884, CVE-2019-19921: a volume of the image's over a file of procfs. */
  @Test
  void aVolumeNeverCoversProcfs() throws Exception {
    Path volume = Files.writeString(directory.resolve("volume"), "a lie\n");
    tryWithAndWithout(
        "procfs-target",
        world -> {
          world.link("vol", "/proc/sys/kernel/domainname");
          ObjectNode config = World.config("cat", "/proc/sys/kernel/domainname");
          World.unmount(config, "/proc");
          World.bind(config, Path.of("/proc"), "/proc");
          World.bind(config, volume, "/vol");
          return world.run(config).out().equals("a lie\n");
        });
  }

  /** CVE-2025-52881: a write that should reach the kernel reaches a file of the image. */
  @Test
  void aFalseProcDivertsNoSysctl() throws Exception {
    tryWithAndWithout(
        "own-procfs",
        world -> {
          world.file("proc/sys/kernel/domainname", "untouched");
          ObjectNode config = World.config("true");
          World.unmount(config, "/proc");
          ((ObjectNode) config.path("linux"))
              .putObject("sysctl")
              .put("kernel.domainname", "diverted");
          ((ObjectNode) config.path("linux")).remove(List.of("readonlyPaths", "maskedPaths"));
          world.run(config);
          return !Files.readString(world.rootfs().resolve("proc/sys/kernel/domainname"))
              .equals("untouched");
        });
  }

  /** CVE-2025-31133 and crun's of 2026: the image's own /dev/null. */
  @Test
  void aFalseNullIsNoDevice() throws Exception {
    tryWithAndWithout(
        "node",
        world -> {
          world.file("dev/null", "not null\n");
          ObjectNode config = World.config("cat", "/dev/null");
          World.unmount(config, "/dev");
          return world.run(config).out().equals("not null\n");
        });
  }

  /** CVE-2025-52565: the terminal lands where the image's link says, on a file of the kernel's. */
  @Test
  void aLinkedConsoleCoversNothing() throws Exception {
    tryWithAndWithout(
        "nofollow",
        world -> {
          world.link("dev/console", "/proc/uptime");
          ObjectNode config = World.config("sh", "-c", "cat /proc/self/mountinfo > /mounts");
          World.unmount(config, "/dev");
          ((ArrayNode) config.path("mounts"))
              .addObject()
              .put("destination", "/dev/pts")
              .put("type", "devpts")
              .put("source", "devpts")
              .putArray("options")
              .add("newinstance")
              .add("ptmxmode=0666");
          ((ObjectNode) config.path("process")).put("terminal", true);
          ((ObjectNode) config.path("root")).put("readonly", false);
          world.runWithTerminal(config);
          Path mounts = world.rootfs().resolve("mounts");
          return Files.exists(mounts) && Files.readString(mounts).contains(" /proc/uptime ");
        });
  }

  /** CVE-2024-21626: a directory of the host by a descriptor that was left open. */
  @Test
  void aLeakedDirectoryIsNoWorkingDirectory() throws Exception {
    tryWithAndWithout(
        "close,cwd,resolve",
        world -> {
          Files.writeString(world.canary().resolve("key"), "secret of the host\n");
          ObjectNode config = World.config("cat", "key");
          ((ObjectNode) config.path("process")).put("cwd", "/proc/self/fd/9");
          world.carafe().write(config);
          return world.leaking("run", World.ID).out().contains("secret of the host");
        });
  }

  /** In the host's pid namespace: elsewhere a launcher has no /proc/self before it has forked. */
  @Test
  void aLeakedDirectoryIsNoWorkingDirectoryOfAnExec() throws Exception {
    tryWithAndWithout(
        "close,cwd",
        world -> {
          Files.writeString(world.canary().resolve("key"), "secret of the host\n");
          world.carafe().configureInHostsPids(World.ID, "sleep", "1000");
          assertThat(world.run("run", "-d", World.ID).err()).isEmpty();
          return world
              .leaking("exec", "--cwd", "/proc/self/fd/9", World.ID, "cat", "key")
              .out()
              .contains("secret of the host");
        });
  }

  /** The descriptor alone: one guard less than the attack above needs. */
  @Test
  void aLeakedDescriptorIsNotInherited() throws Exception {
    tryWithAndWithout(
        "close",
        world -> {
          world.carafe().write(World.config("sh", "-c", "echo /proc/self/fd/*"));
          return world.leaking("run", World.ID).out().contains("/proc/self/fd/9");
        });
  }

  @Test
  void nothingOfTheHostsTreeIsLeft() throws Exception {
    String mark = "carafe-mark-" + ProcessHandle.current().pid();
    Path place = Files.createDirectories(directory.resolve("mark"));
    command("mount", "-t", "tmpfs", mark, place.toString());
    try {
      tryWithAndWithout(
          "old-root",
          world -> world.run(World.config("cat", "/proc/self/mountinfo")).out().contains(mark));
    } finally {
      command("umount", place.toString());
    }
  }

  private static void command(String... words) throws Exception {
    assertThat(new ProcessBuilder(words).inheritIO().start().waitFor()).as(words[0]).isZero();
  }

  /** CVE-2016-9962: who may do as much as the container looks into what becomes its init. */
  @Test
  void aLauncherIsNotReadByItsLike() throws Exception {
    tryWithAndWithout(
        "undumpable",
        world -> {
          world.carafe().write(World.config("true"));
          assertThat(world.run("create", "--pid-file", "pid", World.ID).err()).isEmpty();
          String pid = Files.readString(world.carafe().bundle().resolve("pid"));
          List<String> look =
              List.of(
                  "--bounding-set=-all,+audit_write,+kill,+net_bind_service",
                  "readlink",
                  "/proc/" + pid + "/fd/0");
          return world.carafe().execute("/usr/bin/setpriv", look).code() == 0;
        });
  }

  /** CVE-2022-29162 and its kin. */
  @Test
  void nothingIsInheritable() throws Exception {
    tryWithAndWithout(
        "inheritable",
        world -> {
          ObjectNode config = World.config("sleep", "1000");
          world.carafe().write(config);
          assertThat(world.run("run", "-d", World.ID).err()).isEmpty();
          String status =
              world.run("exec", "--cap", "CAP_KILL", World.ID, "cat", "/proc/self/status").out();
          assertThat(status).contains("CapInh:");
          return !status.contains("CapInh:\t0000000000000000");
        });
  }

  /** CVE-2023-25809: the host's cgroups, bound with its /sys for want of namespaces. */
  @Test
  void aBoundSysIsReadOnlyAllTheWayDown() throws Exception {
    String evil = Carafe.PARENT + "/" + World.ID + "/evil";
    Path cgroups = Path.of("/sys/fs/cgroup");
    Path hierarchy = Files.exists(cgroups.resolve("pids")) ? cgroups.resolve("pids") : cgroups;
    tryWithAndWithout(
        "deep-readonly",
        world -> {
          ObjectNode config = World.config("busybox", "mkdir", hierarchy + evil);
          World.unmount(config, "/sys/fs/cgroup");
          World.useUserNamespace(config, 0);
          ArrayNode namespaces = (ArrayNode) config.at("/linux/namespaces");
          for (int i = namespaces.size() - 1; i >= 0; i--) {
            if (List.of("network", "cgroup").contains(namespaces.get(i).path("type").asText())) {
              namespaces.remove(i);
            }
          }
          Carafe.Result result = world.run(config);
          assertThat(result.err()).doesNotContain("level=error");
          return result.code() == 0;
        });
  }

  /** A container's root may do in its user namespace what he likes, but not that. */
  @ParameterizedTest
  @ValueSource(strings = {"rprivate", "rslave", "private"})
  void aReadOnlyVolumeStaysSoInAUserNamespace(String propagation) throws Exception {
    tryWithAndWithout(
        "locks",
        world -> {
          assertThat(world.canary().toFile().setWritable(true, false)).isTrue();
          ObjectNode config =
              World.config(
                  "sh",
                  "-c",
                  "busybox mount -o remount,bind,rw /volume && echo evil > /volume/file");
          World.bind(config, world.canary(), "/volume", "ro", propagation);
          World.useUserNamespace(config, 200_000);
          world.ownedBy(200_000);
          for (String set : List.of("bounding", "effective", "permitted")) {
            ((ArrayNode) config.at("/process/capabilities/" + set)).add("CAP_SYS_ADMIN");
          }
          Carafe.Result result = world.run(config);
          assertThat(result.err()).doesNotContain("level=error");
          return !isEmpty(world.canary());
        });
  }

  /**
   * CVE-2019-5736: a program of the image that is the runtime itself (by its own name, or as the
   * interpreter of a script) is opened by another process of the container, and written to as soon
   * as nobody runs it. It waits meanwhile at what it takes for its configuration.
   */
  @ParameterizedTest
  @ValueSource(strings = {"/proc/self/exe", "/script"})
  void theRuntimesProgramIsNotOverwritten(String program) throws Exception {
    tryWithAndWithout(
        "sealed",
        world -> {
          byte[] before = Files.readAllBytes(Path.of(world.carafe().program()));
          attackTheProgram(world, program);
          return !Arrays.equals(before, Files.readAllBytes(Path.of(world.carafe().program())));
        });
  }

  private static final String ATTACKER =
      """
      while :; do
        for p in /proc/[0-9]*; do
          [ $p = /proc/1 ] && continue
          exec 9<$p/exe || continue
          case "$(readlink /proc/self/fd/9)" in */busybox|"") continue;; esac
          echo found > /found
          kill -9 ${p#/proc/}
          i=0
          while [ $i -lt 100 ]; do
            echo evil > /proc/self/fd/9 && { echo won > /result; exec sleep 1000; }
            i=$((i+1))
            sleep 0.02
          done
          echo lost > /result
          exec sleep 1000
        done 2>/dev/null
      done
      """;

  private void attackTheProgram(World world, String program) throws Exception {
    String installed = world.carafe().directory().resolve("install").toString();
    for (String tree : List.of("", installed)) {
      Path lib = Files.createDirectories(Path.of(world.rootfs() + tree + "/lib"));
      assertThat(new ProcessBuilder("mkfifo", lib.resolve("oci.args").toString()).start().waitFor())
          .isZero();
    }
    Files.createSymbolicLink(world.rootfs().resolve("bin/readlink"), Path.of("busybox"));
    world.file("script", "#!/proc/self/exe\n");
    assertThat(world.rootfs().resolve("script").toFile().setExecutable(true)).isTrue();
    ObjectNode config = World.config("sh", "-c", ATTACKER);
    ((ObjectNode) config.path("root")).put("readonly", false);
    ObjectNode capabilities = (ObjectNode) config.at("/process/capabilities");
    for (String set : List.of("bounding", "effective", "permitted")) {
      capabilities.putArray(set).add("CAP_DAC_OVERRIDE").add("CAP_SYS_PTRACE").add("CAP_KILL");
    }
    world.carafe().write(config);
    assertThat(world.run("run", "-d", World.ID).err()).isEmpty();
    world.run("exec", "-d", World.ID, program, "state", "x");
    Path result = world.rootfs().resolve("result");
    await().atMost(PATIENCE).until(() -> Files.exists(result) && Files.size(result) > 0);
    assertThat(world.rootfs().resolve("found")).exists();
  }
}
