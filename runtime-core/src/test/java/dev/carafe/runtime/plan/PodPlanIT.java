package dev.carafe.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carafe.runtime.spec.Capability;
import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.Namespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pod's namespaces, its init, and a container in both, by the real launcher. */
class PodPlanIT {
  private static final String MAPS = "[{\"containerID\":0,\"hostID\":100000,\"size\":65536}]";
  private static final List<IdMapping> IDS = List.of(new IdMapping(0, 100_000, 65_536));

  @TempDir Path directory;
  private final Map<Namespace.Type, String> pins = new EnumMap<>(Namespace.Type.class);

  @BeforeEach
  void prerequisites() throws Exception {
    Launch.assumePossible();
    Launch.rootfs(directory.resolve("rootfs"));
  }

  @AfterEach
  void unpin() throws Exception {
    for (String pin : pins.values()) {
      unmount(pin);
    }
    if (!pins.isEmpty()) {
      unmount(directory.resolve("shm").toString());
    }
  }

  private static void unmount(String path) throws Exception {
    assertThat(new ProcessBuilder("umount", path).inheritIO().start().waitFor()).isZero();
  }

  private void makePod(boolean user) throws Exception {
    List<Namespace.Type> types =
        List.of(Namespace.Type.NETWORK, Namespace.Type.IPC, Namespace.Type.UTS);
    types.forEach(type -> pins.put(type, directory.resolve("ns-" + type).toString()));
    if (user) {
      pins.put(Namespace.Type.USER, directory.resolve("ns-user").toString());
    }
    PodContext pod =
        new PodContext(
            pins,
            user ? IDS : List.of(),
            user ? IDS : List.of(),
            "web-0",
            Map.of("net.ipv4.ip_unprivileged_port_start", "7"),
            directory.resolve("shm").toString(),
            1 << 20,
            null);
    Launch launch = Launch.run(PodPlan.compile(pod), directory);
    assertThat(launch.stderr()).isEmpty();
    assertThat(launch.exitCode()).isZero();
  }

  private java.lang.Process startInit(boolean user) throws Exception {
    Plan plan =
        PodInitPlan.compile(
            pins, user ? IDS : List.of(), Placement.INHERITED, Config.ownCapabilities(), null);
    return Launch.start(plan, Files.createDirectories(directory.resolve("init")));
  }

  /** The only process below the launcher's front that is first in a pid namespace. */
  private static ProcessHandle reaper(java.lang.Process front) {
    return await()
        .until(
            () -> front.descendants().filter(PodPlanIT::reaps).findFirst().orElse(null),
            Objects::nonNull);
  }

  private static boolean reaps(ProcessHandle process) {
    try {
      Path proc = Path.of("/proc/" + process.pid());
      return Files.readString(proc.resolve("status")).matches("(?s).*\\nNSpid:\\t\\d+\\t1\\n.*")
          && Files.readString(proc.resolve("status")).contains("\nCapBnd:\t0000000000000000\n");
    } catch (java.io.IOException gone) {
      return false;
    }
  }

  private Launch runBeside(ProcessHandle init, boolean user, String script) throws Exception {
    Config config = new Config().script(script);
    config.set("/linux", "namespaces", "[{\"type\":\"mount\"},{\"type\":\"cgroup\"}]");
    for (Map.Entry<Namespace.Type, String> pin : pins.entrySet()) {
      join(config, pin.getKey().toString().toLowerCase(Locale.ROOT), pin.getValue());
    }
    join(config, "pid", "/proc/" + init.pid() + "/ns/pid");
    config.remove("", "hostname");
    if (user) {
      config.set("/linux", "uidMappings", MAPS).set("/linux", "gidMappings", MAPS);
    }
    List<Path> made =
        List.of("upper", "work", "scratch", "container").stream().map(directory::resolve).toList();
    for (Path path : made) {
      Files.createDirectories(path);
    }
    Rootfs rootfs =
        new Rootfs.Overlay(
            List.of(directory.resolve("rootfs").toString()),
            made.get(0).toString(),
            made.get(1).toString(),
            made.get(2).toString());
    Plan plan = PlanCompiler.compile(config.spec(), Config.context(rootfs));
    return Launch.run(plan, made.get(3));
  }

  private static void join(Config config, String type, String path) throws Exception {
    config.append("/linux/namespaces", "{\"type\":\"%s\",\"path\":\"%s\"}".formatted(type, path));
  }

  @Test
  void namespacesLiveInTheirPinsWithoutAProcess() throws Exception {
    makePod(false);

    for (String pin : pins.values()) {
      assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).contains(" " + pin + " ");
    }
    java.lang.Process inside =
        new ProcessBuilder(
                "nsenter",
                "--net=" + pins.get(Namespace.Type.NETWORK),
                "--uts=" + pins.get(Namespace.Type.UTS),
                "/bin/busybox",
                "sh",
                "-c",
                "/bin/busybox hostname; /bin/busybox ip addr show lo | /bin/busybox grep -c 127.0.0.1; /bin/busybox cat /proc/sys/net/ipv4/ip_unprivileged_port_start")
            .start();
    assertThat(inside.inputReader().readAllAsString()).isEqualTo("web-0\n1\n7\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aContainerStandsInThePodsNamespacesAndSeesNothingOfTheHostThroughItsInit(boolean user)
      throws Exception {
    makePod(user);
    java.lang.Process front = startInit(user);
    ProcessHandle init = reaper(front);
    try {
      Launch launch =
          runBeside(
              init,
              user,
              "hostname; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; [ $$ != 1 ] && id -u; "
                  + "for d in root cwd fd; do ls -A /proc/1/$d/ 2>/dev/null; done; touch /mine");

      assertThat(launch.stderr()).isEmpty();
      assertThat(launch.stdout()).isEqualTo("web-0\n7\n0\n");
      assertThat(Files.getAttribute(directory.resolve("upper/mine"), "unix:uid")).isEqualTo(0);
    } finally {
      init.destroyForcibly();
      front.waitFor();
    }
  }

  @Test
  void theInitsScoreIsThePodsWhereItMayBeLowered() throws Exception {
    makePod(false);
    java.lang.Process front = startInit(false);
    ProcessHandle init = reaper(front);
    try {
      boolean mayLower = (Config.ownCapabilities() & Capability.SYS_RESOURCE.mask()) != 0;
      String own = Files.readString(Path.of("/proc/self/oom_score_adj"));
      assertThat(Path.of("/proc/" + init.pid() + "/oom_score_adj"))
          .content()
          .isEqualTo(mayLower ? "-998\n" : own);
    } finally {
      init.destroyForcibly();
      front.waitFor();
    }
  }
}
