package dev.carafe.node.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ladder up, down, and begun again in the middle. */
class InstallerTest {
  private static final String UNIT = "/etc/systemd/system/carafe.service";
  private static final String DROP_IN = "/etc/systemd/system/kubelet.service.d/20-carafe.conf";
  private static final String FLAGS = "/var/lib/kubelet/kubeadm-flags.env";
  private static final String FORMER =
      "KUBELET_KUBEADM_ARGS=\"--container-runtime-endpoint=unix:///run/containerd/containerd.sock"
          + " --v=2\"\n";

  @TempDir private Path directory;
  private static final String TRANSIENT_UNIT = "/run/systemd/system/carafe.service";
  private static final String CLUSTER_DROP_IN = "/etc/carafe/carafe.toml.d/40-carafe-node.toml";

  private final List<String> former = new ArrayList<>();
  private final FakeGate gate = new FakeGate();
  private FakeHost host;

  @BeforeEach
  void make() throws IOException {
    host = new FakeHost(directory);
  }

  private boolean install(String build, Mode mode) throws Exception {
    return install(host.settings(build, mode));
  }

  private boolean install(HostSettings settings) throws Exception {
    return new Installer(settings, host.commands(), gate, former::add, true).install();
  }

  @Test
  void replacesTheKubeletsRuntime() throws Exception {
    host.put(FLAGS, FORMER);

    assertThat(install("1", Mode.REPLACE)).isTrue();

    assertThat(host.current()).isEqualTo("1");
    assertThat(host.read("/etc/carafe/carafe.toml")).isEqualTo("# of 1\n");
    assertThat(host.read(UNIT)).contains("# of 1");
    assertThat(host.read(FLAGS))
        .contains("--container-runtime-endpoint=unix:///run/carafe/carafe.sock --v=2");
    assertThat(host.has(DROP_IN)).isFalse();
    assertThat(host.asked())
        .containsExactly(
            "systemctl daemon-reload",
            "systemctl enable carafe.service",
            "systemctl restart carafe.service",
            "systemctl daemon-reload",
            "systemctl restart kubelet.service");
    assertThat(gate.asked).containsExactly("close 1", "drain", "ready?", "open 1");
    assertThat(former).containsExactly("unix:///run/containerd/containerd.sock");
  }

  @Test
  void besideLeavesTheKubeletAloneAndIsForgottenByAReboot() throws Exception {
    host.put(FLAGS, FORMER);

    assertThat(install("1", Mode.BESIDE)).isTrue();

    assertThat(host.read(FLAGS)).isEqualTo(FORMER);
    assertThat(host.has(UNIT)).isFalse();
    assertThat(host.has(TRANSIENT_UNIT)).isTrue();
    assertThat(host.asked())
        .containsExactly("systemctl daemon-reload", "systemctl restart carafe.service");

    Files.delete(host.root().resolve("run/systemd/system/carafe.service"));
    assertThat(install("1", Mode.BESIDE)).isTrue();
    assertThat(host.asked()).contains("systemctl restart carafe.service");
  }

  @Test
  void theClustersDropInComesAndGoes() throws Exception {
    host.dropIn("[log]\nlevel = \"debug\"\n");
    HostSettings settings = host.settings("1", Mode.BESIDE);

    install(settings);
    assertThat(host.read(CLUSTER_DROP_IN)).isEqualTo("[log]\nlevel = \"debug\"\n");

    new Uninstaller(settings, host.commands(), gate).uninstall();
    assertThat(host.has(CLUSTER_DROP_IN)).isFalse();
  }

  @Test
  void whatIsInUseIsLeftInPeace() throws Exception {
    install("1", Mode.REPLACE);
    host.asked();

    assertThat(install("1", Mode.REPLACE)).isTrue();

    assertThat(host.asked()).isEmpty();
  }

  @Test
  void anUpgradeKeepsTheBuildBeforeAndNoOther() throws Exception {
    install("1", Mode.REPLACE);
    install("2", Mode.REPLACE);
    install("3", Mode.REPLACE);

    assertThat(host.current()).isEqualTo("3");
    assertThat(host.has("/opt/carafe/2")).isTrue();
    assertThat(host.has("/opt/carafe/1")).isFalse();
    assertThat(host.read("/etc/carafe/carafe.toml")).isEqualTo("# of 1\n");
  }

  @Test
  void aHostThatCannotRunItIsNotTouched() throws Exception {
    host.answer(
        "check",
        1,
        "{\"checks\":[{\"name\":\"kernel\",\"level\":\"fail\",\"found\":\"4.4\",\"advice\":\"newer\"}]}");

    assertThatThrownBy(() -> install("1", Mode.REPLACE))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("kernel: 4.4 -> newer");

    assertThat(host.asked()).isEmpty();
    assertThat(host.has(UNIT)).isFalse();
    assertThat(gate.asked).containsExactly("failed 1");
  }

  @Test
  void silenceRollsAFirstInstallationBack() throws Exception {
    host.put(FLAGS, FORMER);
    host.answer("status", 1, "carafe: carafed does not answer");

    assertThatThrownBy(() -> install("1", Mode.REPLACE))
        .hasMessageContaining("answer")
        .hasMessageContaining("carafed does not answer");

    assertThat(host.has(UNIT)).isFalse();
    assertThat(Files.isSymbolicLink(host.root().resolve("opt/carafe/current"))).isFalse();
    assertThat(host.read(FLAGS)).isEqualTo(FORMER);
    assertThat(host.asked())
        .endsWith(
            "systemctl stop carafe.service",
            "systemctl disable carafe.service",
            "systemctl daemon-reload");
    assertThat(gate.asked).endsWith("failed 1");
  }

  @Test
  void aNodeThatIsNotReadyGetsItsRuntimeBack() throws Exception {
    host.put(FLAGS, FORMER);
    gate.becomesReady = false;

    assertThatThrownBy(() -> install("1", Mode.REPLACE)).hasMessageContaining("not ready");

    assertThat(former)
        .as("the former runtime keeps its pods, Carafe's go")
        .containsExactly("unix:///run/carafe/carafe.sock");
    assertThat(host.read(FLAGS)).isEqualTo(FORMER);
    assertThat(host.asked())
        .containsSubsequence(
            "systemctl restart kubelet.service",
            "systemctl restart kubelet.service",
            "systemctl stop carafe.service");
  }

  @Test
  void aFailedUpgradeGoesBackToTheBuildBefore() throws Exception {
    install("1", Mode.REPLACE);
    gate.becomesReady = false;

    assertThatThrownBy(() -> install("2", Mode.REPLACE)).hasMessageContaining("not ready");

    assertThat(host.current()).isEqualTo("1");
    assertThat(host.read(UNIT)).contains("# of 1");
    assertThat(host.has(DROP_IN)).as("the kubelet stays with Carafe").isTrue();
    assertThat(host.asked()).endsWith("systemctl restart carafe.service");
  }

  @Test
  void whatFailedIsTriedAgainOnlyWhenAsked() throws Exception {
    host.answer("status", 1, "");
    assertThatThrownBy(() -> install("1", Mode.REPLACE)).isInstanceOf(HostException.class);
    host.asked();
    host.answer("status", 0, "{\"conditions\":{\"RuntimeReady\":\"yes\"}}");

    assertThat(install("1", Mode.REPLACE)).isFalse();
    assertThat(host.asked()).isEmpty();

    assertThat(install(host.settings("1", Mode.REPLACE, "again"))).isTrue();
    assertThat(host.current()).isEqualTo("1");
  }

  @Test
  void aSecondTryOfTheBuildInUseDoesNotTakeItAway() throws Exception {
    install("1", Mode.REPLACE);
    gate.becomesReady = false;

    assertThatThrownBy(() -> install(host.settings("1", Mode.REPLACE, "again")))
        .isInstanceOf(HostException.class);

    assertThat(host.current()).isEqualTo("1");
    assertThat(host.has(UNIT)).isTrue();
  }

  @Test
  void anInstallerThatWasKilledGoesOn() throws Exception {
    host.put(FLAGS, FORMER);
    HostSettings settings = host.settings("1", Mode.REPLACE);
    // As after a kill in the middle of the copy, and one after the kubelet was pointed.
    Files.createDirectories(host.root().resolve("opt/carafe/1.unfinished/bin"));
    InstallRecord.begin("1", settings, null, null).at("stage").write(settings);

    assertThat(install(settings)).isTrue();
    assertThat(host.has("/opt/carafe/1.unfinished")).isFalse();

    InstallRecord.begin("1", settings, null, null).at("ready").write(settings);
    host.asked();
    assertThat(install(settings)).isTrue();
    assertThat(host.asked()).doesNotContain("systemctl restart kubelet.service");
  }

  /** Interrupted while systemctl works, which is a kill for what has been written so far. */
  private void killedAt(String call, Callable<?> work) throws Exception {
    Path stays = host.systemctlStays(call);
    FutureTask<?> task = new FutureTask<>(work);
    Thread thread = Thread.ofPlatform().start(task);
    await().until(() -> Files.exists(stays));
    thread.interrupt();
    assertThatThrownBy(task::get).hasCauseInstanceOf(InterruptedException.class);
    host.systemctlAnswers();
    Files.delete(stays);
  }

  @ParameterizedTest
  @ValueSource(strings = {"daemon-reload", "enable carafe", "restart carafe", "restart kubelet"})
  void killedWhileSystemdWorksItGoesOn(String call) throws Exception {
    host.put(FLAGS, FORMER);
    HostSettings settings = host.settings("1", Mode.REPLACE);
    killedAt(call, () -> install(settings));
    assertThat(InstallRecord.read(settings))
        .extracting(InstallRecord::outcome)
        .isEqualTo(InstallRecord.Outcome.RUNNING);

    assertThat(install(settings)).isTrue();

    assertThat(host.asked())
        .contains("systemctl restart carafe.service", "systemctl restart kubelet.service");
    assertThat(host.read(FLAGS)).contains("unix:///run/carafe/carafe.sock");
    assertThat(former).containsExactly("unix:///run/containerd/containerd.sock");
    assertThat(install(settings)).isTrue();
    assertThat(host.asked()).as("in use").isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"restart kubelet", "stop carafe", "disable carafe"})
  void anUninstallerThatWasKilledGoesOn(String call) throws Exception {
    host.put(FLAGS, FORMER);
    HostSettings settings = host.settings("1", Mode.REPLACE);
    install(settings);
    host.asked();
    Uninstaller uninstaller = new Uninstaller(settings, host.commands(), gate);
    killedAt(
        call,
        () -> {
          uninstaller.uninstall();
          return null;
        });

    uninstaller.uninstall();

    assertThat(host.asked())
        .containsSubsequence(
            "systemctl restart kubelet.service",
            "systemctl stop carafe.service",
            "systemctl disable carafe.service");
    assertThat(host.has(UNIT)).isFalse();
    assertThat(gate.asked).endsWith("gone");
  }

  @Test
  void besideBecomesReplaceAndFailingBesideAgain() throws Exception {
    host.put(FLAGS, FORMER);
    install("1", Mode.BESIDE);
    gate.becomesReady = false;

    assertThatThrownBy(() -> install("1", Mode.REPLACE)).hasMessageContaining("not ready");
    assertThat(host.read(FLAGS)).isEqualTo(FORMER);
    assertThat(host.has(UNIT)).isFalse();
    assertThat(host.has(TRANSIENT_UNIT)).isTrue();
    assertThat(host.current()).isEqualTo("1");

    gate.becomesReady = true;
    assertThat(install(host.settings("1", Mode.REPLACE, "again"))).isTrue();
    assertThat(host.has(UNIT)).isTrue();
    assertThat(host.has(TRANSIENT_UNIT)).isFalse();
    assertThat(host.read(FLAGS)).contains("unix:///run/carafe/carafe.sock");
  }

  @Test
  void replaceDoesNotBecomeBeside() throws Exception {
    host.put(FLAGS, FORMER);
    install("1", Mode.REPLACE);

    assertThatThrownBy(() -> install("1", Mode.BESIDE)).hasMessageContaining("uninstall");

    assertThat(host.has(UNIT)).isTrue();
    assertThat(host.read(FLAGS)).contains("unix:///run/carafe/carafe.sock");
  }

  @Test
  void aConfigurationThatCarafedDoesNotLikeGoesBack() throws Exception {
    host.dropIn("good = 1\n");
    install("1", Mode.BESIDE);
    host.dropIn("bad = 1\n");
    host.answer("status", 1, "");

    assertThatThrownBy(() -> install(host.settings("1", Mode.BESIDE, "changed")))
        .isInstanceOf(HostException.class);

    assertThat(host.read(CLUSTER_DROP_IN)).isEqualTo("good = 1\n");
    assertThat(host.asked()).endsWith("systemctl restart carafe.service");
    assertThat(host.has(CLUSTER_DROP_IN + ".before")).isFalse();
  }

  @Test
  void aRollBackThatWasKilledIsFinished() throws Exception {
    host.put(FLAGS, FORMER);
    HostSettings settings = host.settings("1", Mode.REPLACE);
    install(settings);
    InstallRecord.begin("1", settings, null, null)
        .at("ready")
        .ended(InstallRecord.Outcome.UNDOING, "it was not ready")
        .write(settings);

    assertThatThrownBy(() -> install(settings)).hasMessage("it was not ready");

    assertThat(host.read(FLAGS)).isEqualTo(FORMER);
    assertThat(host.has(UNIT)).isFalse();
    assertThat(gate.asked).endsWith("failed 1");
  }

  @Test
  void whatCannotBeUndoneIsTold() throws Exception {
    host.answer("status", 1, "");
    host.systemctlRefuses("stop");

    assertThatThrownBy(() -> install("1", Mode.REPLACE)).isInstanceOf(HostException.class);

    InstallRecord record = InstallRecord.read(host.settings("1", Mode.REPLACE));
    assertThat(record).isNotNull();
    assertThat(record.message()).contains("not undone: unit").contains("refused");
  }

  @Test
  void aFormerRuntimeThatRefusesIsNoReasonToGoBack() throws Exception {
    host.put(FLAGS, FORMER);
    FormerRuntime refusing =
        endpoint -> {
          throw new HostException("it does not stop");
        };

    HostSettings settings = host.settings("1", Mode.REPLACE);
    assertThat(new Installer(settings, host.commands(), gate, refusing, true).install()).isTrue();
    assertThat(gate.asked).endsWith("open 1");
  }

  @Test
  void uninstallGivesTheFormerRuntimeBack() throws Exception {
    host.put(FLAGS, FORMER);
    HostSettings settings = host.settings("1", Mode.REPLACE);
    install(settings);
    host.asked();

    new Uninstaller(settings, host.commands(), gate).uninstall();

    assertThat(host.read(FLAGS)).isEqualTo(FORMER);
    assertThat(host.has(FLAGS + ".before-carafe")).isFalse();
    assertThat(host.has(UNIT)).isFalse();
    assertThat(host.has("/opt/carafe/1")).isFalse();
    assertThat(host.asked())
        .containsExactly(
            "systemctl daemon-reload",
            "systemctl restart kubelet.service",
            "systemctl stop carafe.service",
            "systemctl disable carafe.service",
            "systemctl daemon-reload");
    assertThat(gate.asked).endsWith("gone");

    new Uninstaller(settings, host.commands(), gate).uninstall();
    assertThat(host.asked()).as("repeated").isEmpty();
  }
}
