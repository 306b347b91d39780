package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A service manager hears of a container's READY. */
@Timeout(120)
class NotifyIT {
  @TempDir Path directory;

  private Carafe carafe = new Carafe(Path.of("/"), "");
  private @Nullable FrontServer server;
  private @Nullable Process manager;
  private Path program = Path.of("/");

  @BeforeEach
  void install() throws Exception {
    Carafe.assumePossible();
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/gcc")), "SKIP gcc: install Debian's package gcc");
    carafe = Carafe.install(directory);
    program = carafe.bundle().resolve("rootfs/bin/notify");
    Path source = directory.resolve("notify.c");
    try (InputStream in = NotifyIT.class.getResourceAsStream("notify.c")) {
      Files.copy(Objects.requireNonNull(in), source);
    }
    Carafe.Result made =
        carafe.execute(
            "/usr/bin/gcc", List.of("-static", "-o", program.toString(), source.toString()));
    assertThat(made.err()).isEmpty();
    server = FrontServer.start(directory.resolve("front.sock"), complaint -> {});
  }

  @AfterEach
  void clean() throws Exception {
    if (manager != null) {
      manager.destroyForcibly().waitFor();
    }
    if (!carafe.program().isEmpty()) {
      carafe.clean("c");
    }
    if (server != null) {
      server.close();
    }
  }

  private BufferedReader listen(int count) throws Exception {
    Process started =
        new ProcessBuilder(
                program.toString(), "listen", directory.resolve("s").toString(), "" + count)
            .start();
    manager = started;
    BufferedReader out = started.inputReader();
    assertThat(out.readLine()).isEqualTo("listening");
    return out;
  }

  private Carafe.Result notified(String... words) throws Exception {
    List<String> line =
        new ArrayList<>(
            List.of(
                "NOTIFY_SOCKET=" + directory.resolve("s"),
                "CARAFE_FRONT_SOCKET=" + directory.resolve("front.sock"),
                carafe.program(),
                "--root",
                directory.resolve("state").toString()));
    line.addAll(List.of(words));
    return carafe.execute("/usr/bin/env", line);
  }

  private static void readyOf(BufferedReader manager, String pid) throws Exception {
    assertThat(manager.readLine()).isEqualTo("MAINPID=" + pid);
    assertThat(manager.readLine()).isEqualTo("READY=1");
    assertThat(manager.readLine()).isEqualTo("+0");
    assertThat(manager.readLine()).isEqualTo("BARRIER=1+1");
  }

  private String pidFile() throws Exception {
    return Files.readString(carafe.bundle().resolve("pid"));
  }

  @Test
  void startEndsWhenTheProgramIsReady() throws Exception {
    BufferedReader heard = listen(2);
    carafe.configure(
        "c", "sh", "-c", "notify say STATUS=soon && notify say 'X=1\nREADY=1' && exec sleep 1000");
    assertThat(notified("create", "--pid-file", "pid", "c"))
        .isEqualTo(new Carafe.Result(0, "", ""));
    assertThat(notified("start", "c")).isEqualTo(new Carafe.Result(0, "", ""));
    readyOf(heard, pidFile());
  }

  @Test
  void runInTheForegroundPassesOnWhileItWaits() throws Exception {
    BufferedReader heard = listen(2);
    carafe.configure("c", "sh", "-c", "notify say READY=1; echo $NOTIFY_SOCKET; exit 3");
    assertThat(notified("run", "--pid-file", "pid", "c"))
        .isEqualTo(new Carafe.Result(3, "/run/notify/notify.sock\n", ""));
    readyOf(heard, pidFile());
  }

  @Test
  void aDetachedRunEndsWithAProgramThatIsNeverReady() throws Exception {
    listen(1);
    carafe.configure("c", "true");
    assertThat(notified("run", "-d", "c")).isEqualTo(new Carafe.Result(0, "", ""));
  }

  @Test
  void nobodyToTellIsSaid() throws Exception {
    carafe.configure("c", "true");
    assertThat(notified("run", "c").err()).contains("NOTIFY_SOCKET", "No such file");
    assertThat(carafe.run("state", "c").err()).contains("does not exist");
  }
}
