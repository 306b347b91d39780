package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code checkpoint} and {@code restore} against a program in CRIU's place (native/test/criu),
 * which the caller's PATH leads to.
 */
class CheckpointCommandIT {
  @TempDir Path directory;
  private Carafe carafe;
  private Path fake;

  @BeforeEach
  void install() throws Exception {
    Carafe.assumePossible();
    Path folder = Path.of("../native");
    Process make =
        new ProcessBuilder("make", "-s", "-C", folder.toString(), "target/test/fake-criu")
            .inheritIO()
            .start();
    assertThat(make.waitFor()).as("make target/test/fake-criu").isZero();
    carafe = Carafe.install(directory);
    fake = Files.createDirectory(directory.resolve("fake"));
    Files.copy(folder.resolve("target/test/fake-criu"), fake.resolve("criu"));
    plan("nothing 0");
    Files.writeString(fake.resolve("program"), "echo goes on; exit 7\n");
    assumeTrue(Files.isExecutable(fake.resolve("criu")), "SKIP criu: its substitute is not built");
  }

  @AfterEach
  void delete() throws Exception {
    if (carafe != null) {
      carafe.run("delete", "--force", "one");
    }
  }

  private void plan(String plan) throws IOException {
    Files.writeString(fake.resolve("plan"), plan + "\n");
  }

  private Carafe.Result withFake(String... words) throws Exception {
    List<String> line =
        new ArrayList<>(
            List.of(
                "PATH=" + fake + ":/usr/bin:/bin",
                carafe.program(),
                "--root",
                directory.resolve("state").toString()));
    line.addAll(List.of(words));
    return carafe.execute("/usr/bin/env", line);
  }

  private void running() throws Exception {
    carafe.configure("one", "sleep", "1000");
    Carafe.Result run = carafe.run("run", "-d", "one");
    assertThat(run.code()).as(run.err()).isZero();
  }

  private String status() throws Exception {
    return carafe.run("state", "one").out();
  }

  @Test
  void aCheckpointEndsTheContainerAndARestoreBringsItBackAsAChild() throws Exception {
    running();
    Carafe.Result saved = withFake("checkpoint", "--image-path", "img", "--work-path", "w", "one");
    assertThat(saved.code()).as(saved.err()).isZero();
    assertThat(carafe.run("state", "one").err()).contains("container does not exist");
    Path images = carafe.bundle().resolve("img");
    assertThat(images.resolve("descriptors.json")).content().startsWith("[\"");
    assertThat(Files.getPosixFilePermissions(images)).hasSize(3);
    assertThat(carafe.bundle().resolve("w/dump.log")).exists();

    Carafe.Result back = withFake("restore", "--image-path", "img", "one");
    assertThat(back.code()).as(back.err()).isEqualTo(7);
    assertThat(back.out()).isEqualTo("goes on\n");
    assertThat(carafe.run("state", "one").err()).contains("container does not exist");
  }

  @Test
  void aDetachedRestoreHasARecordAPidFileAndRunsItsHooks() throws Exception {
    running();
    assertThat(withFake("checkpoint", "one").code()).isZero();
    Files.writeString(fake.resolve("program"), "exec sleep 1000\n");
    ObjectNode config = Carafe.template("one", "sleep", "1000");
    ObjectNode hook = config.putObject("hooks").putArray("createRuntime").addObject();
    hook.put("path", "/bin/sh");
    hook.putArray("args").add("sh").add("-c").add("cat > " + directory.resolve("hooked"));
    carafe.write(config);
    Carafe.Result back = withFake("restore", "-d", "--pid-file", "pid", "one");
    assertThat(back.code()).as(back.err()).isZero();
    String pid = Files.readString(carafe.bundle().resolve("pid"));
    assertThat(status()).contains("\"status\": \"running\"", "\"pid\": " + pid);
    assertThat(directory.resolve("hooked")).content().contains("\"pid\":" + pid);
    assertThat(Path.of("/proc", pid, "cgroup")).content().contains(Carafe.PARENT + "/one");
    assertThat(carafe.run("kill", "one", "KILL").code()).isZero();
    Awaitility.await().until(() -> status().contains("stopped"));
  }

  @Test
  void leaveRunningAndPreDumpLeaveItRunning() throws Exception {
    running();
    assertThat(withFake("checkpoint", "--pre-dump", "--image-path", "pre", "one").code()).isZero();
    assertThat(status()).contains("\"status\": \"running\"");
    Carafe.Result saved =
        withFake(
            "checkpoint",
            "--leave-running",
            "--image-path",
            "img",
            "--parent-path",
            "../pre",
            "one");
    assertThat(saved.code()).as(saved.err()).isZero();
    assertThat(status()).contains("\"status\": \"running\"");
  }

  @Test
  void aFailureSaysWhyAndLeavesTheContainerRunning() throws Exception {
    running();
    plan("dump 1");
    Carafe.Result failed = withFake("checkpoint", "--work-path", "w", "one");
    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.err())
        .contains("criu failed: type DUMP", "planned to fail", "w/dump.log")
        .doesNotContain("criu check");
    plan("check 1");
    assertThat(withFake("checkpoint", "--leave-running", "one").code()).isZero();
    assertThat(status()).contains("\"status\": \"running\"");
    plan("start 1");
    assertThat(withFake("checkpoint", "one").err()).contains("does not tell its version");
    assertThat(status()).contains("\"status\": \"running\"");
  }

  @Test
  void aFailedRestoreLeavesNothing() throws Exception {
    running();
    assertThat(withFake("checkpoint", "--image-path", "img", "one").code()).isZero();
    for (String plan : List.of("restore 1", "orphan 1", "version 1")) {
      plan(plan);
      Carafe.Result failed = withFake("restore", "-d", "--image-path", "img", "one");
      assertThat(failed.code()).as(plan).isEqualTo(1);
      assertThat(carafe.run("state", "one").err()).contains("container does not exist");
      assertThat(directory.resolve("state/one")).doesNotExist();
    }
  }

  @Test
  void whatIsNotSupportedOrMakesNoSenseIsRefused() throws Exception {
    running();
    assertThat(withFake("checkpoint", "--lazy-pages", "one").err()).contains("not supported");
    assertThat(withFake("checkpoint", "--manage-cgroups-mode", "odd", "one").err())
        .contains("Invalid manage-cgroups-mode value");
    assertThat(withFake("checkpoint", "--page-server", "nobody", "one").err())
        .contains("Use --page-server ADDRESS:PORT");
    assertThat(withFake("checkpoint", "--parent-path", "/abs", "one").err())
        .contains("relative to --image-path");
    assertThat(withFake("checkpoint", "--empty-ns", "pid", "one").err())
        .contains("namespace pid is not supported");
    assertThat(withFake("restore", "--image-path", "none", "two").err())
        .contains("no such directory");
    assertThat(withFake("restore", "--lsm-mount-context").err()).contains("flag needs an argument");
    assertThat(withFake("checkpoint", "--help").code()).isZero();
    carafe.run("kill", "one", "KILL");
    Awaitility.await().until(() -> status().contains("stopped"));
    assertThat(withFake("checkpoint", "one").err())
        .contains("Container cannot be checkpointed in stopped state");
  }
}
