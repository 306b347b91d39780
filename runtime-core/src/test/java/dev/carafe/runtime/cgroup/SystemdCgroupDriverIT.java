package dev.carafe.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.runtime.linux.BpfCalls;
import dev.carafe.runtime.spec.LinuxResources;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Scopes of a real systemd: the virtual machine's flavour of that name. */
final class SystemdCgroupDriverIT {
  private static final String PARENT = "carafetest-pod1.slice";

  private final List<Process> children = new ArrayList<>();
  private SystemdCgroupDriver driver;
  private String path;

  @BeforeEach
  void connect() {
    Assumptions.assumeTrue(
        Files.isDirectory(Path.of("/run/systemd/system")),
        "SKIP systemd: it is not process 1 here");
    CgroupLayout layout = CgroupLayout.detect(CgroupLayout.DEFAULT_ROOT);
    driver = new SystemdCgroupDriver(layout, SystemdBus.SYSTEM);
    path = driver.child(driver.parent(PARENT), "c1");
  }

  @AfterEach
  void clean() throws Exception {
    for (Process child : children) {
      child.destroyForcibly().waitFor();
    }
    if (driver != null) {
      driver.open(driver.parent(PARENT), true).remove();
    }
  }

  private static LinuxResources resources(String json) throws Exception {
    return new ObjectMapper().readValue(json.replace('\'', '"'), LinuxResources.class);
  }

  private CgroupDriver.Holder holder() throws java.io.IOException {
    Process process = new ProcessBuilder("sleep", "1000").start();
    children.add(process);
    return new CgroupDriver.Holder() {
      @Override
      public int pid() {
        return (int) process.pid();
      }

      @Override
      public void close() {
        process.destroyForcibly();
      }
    };
  }

  private CgroupDriver.Made create(String json) throws Exception {
    return driver.create(path, resources(json), this::holder);
  }

  /** A process that joins by itself, as a launcher is cloned into it. */
  private Process join(Cgroup cgroup) throws Exception {
    String procs = Objects.requireNonNull(cgroup.cloneInto()).resolve("cgroup.procs").toString();
    String script = "echo 0 > \"$1\" && echo joined; exec sleep 1000";
    Process process =
        new ProcessBuilder("sh", "-c", script, "sh", procs).redirectErrorStream(true).start();
    children.add(process);
    assertThat(process.inputReader().readLine()).isEqualTo("joined");
    return process;
  }

  private static String show(String unit, String property) throws Exception {
    Process process =
        new ProcessBuilder("systemctl", "show", "--value", "--property=" + property, unit).start();
    byte[] said = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).isZero();
    return new String(said, StandardCharsets.UTF_8).strip();
  }

  private static String file(Cgroup cgroup, String name) throws Exception {
    return Files.readString(Objects.requireNonNull(cgroup.cloneInto()).resolve(name)).strip();
  }

  @Test
  void aContainerIsAScopeInItsPodsSliceWithLimitsInBothPlaces() throws Exception {
    Cgroup cgroup;
    try (CgroupDriver.Made made =
        create("{'memory':{'limit':67108864},'pids':{'limit':32},'cpu':{'shares':512}}")) {
      cgroup = made.cgroup();
      join(cgroup);
    }
    assertThat(cgroup.path()).isEqualTo("/carafetest.slice/carafetest-pod1.slice/carafe-c1.scope");
    assertThat(show("carafe-c1.scope", "ActiveState")).isEqualTo("active");
    assertThat(show("carafe-c1.scope", "Slice")).isEqualTo(PARENT);
    assertThat(show("carafe-c1.scope", "Delegate")).isEqualTo("yes");
    assertThat(show("carafe-c1.scope", "MemoryMax")).isEqualTo("67108864");
    assertThat(file(cgroup, "memory.max")).isEqualTo("67108864");
    assertThat(file(cgroup, "pids.max")).isEqualTo("32");
    await().until(() -> cgroup.procs().size() == 1);

    cgroup.update(resources("{'memory':{'limit':33554432}}"));
    assertThat(show("carafe-c1.scope", "MemoryMax")).isEqualTo("33554432");
    assertThat(file(cgroup, "memory.max")).isEqualTo("33554432");

    cgroup.kill();
    cgroup.remove();
    cgroup.remove();
    assertThat(cgroup.exists()).isFalse();
    assertThat(show("carafe-c1.scope", "LoadState")).isEqualTo("not-found");
  }

  @Test
  void systemdLeavesLimitsAndDevicesAloneWhenItReloads() throws Exception {
    try (CgroupDriver.Made made =
        create("{'memory':{'limit':67108864},'unified':{'memory.high':'33554432'}}")) {
      join(made.cgroup());
      Path directory = Objects.requireNonNull(made.cgroup().cloneInto());
      assertThat(BpfCalls.get().devicePrograms(directory)).isEqualTo(1);
      assertThat(new ProcessBuilder("systemctl", "daemon-reload").start().waitFor()).isZero();
      assertThat(BpfCalls.get().devicePrograms(directory)).isEqualTo(1);
      assertThat(file(made.cgroup(), "memory.max")).isEqualTo("67108864");
    }
  }

  @Test
  void theSameNameMayBeUsedAgainAndATakenOneMayNot() throws Exception {
    for (int round = 0; round < 3; round++) {
      try (CgroupDriver.Made made = create("{}")) {
        Process process = join(made.cgroup());
        assertThatThrownBy(() -> create("{}"))
            .isInstanceOfSatisfying(
                CgroupException.class,
                e -> assertThat(e.kind()).isEqualTo(CgroupException.Kind.BUSY));
        process.destroyForcibly().waitFor();
      }
      driver.open(path, true).remove();
    }
  }

  @Test
  void whatSystemdRefusesLeavesNothing() {
    assertThatThrownBy(() -> create("{'cpu':{'cpus':'4095'}}")).isInstanceOf(CgroupException.class);
    assertThat(driver.open(path, true).exists()).isFalse();
    await().until(() -> children.stream().noneMatch(Process::isAlive));
  }

  @Test
  void aBusThatIsNotThereIsNamed() {
    SystemdCgroupDriver lost =
        new SystemdCgroupDriver(
            driver.layout(), new SystemdBus(Path.of("/nonexistent/bus"), false));
    assertThatThrownBy(() -> lost.create(path, resources("{}"), this::holder))
        .isInstanceOf(CgroupException.class)
        .hasMessageContaining("carafe-c1.scope");
  }
}
