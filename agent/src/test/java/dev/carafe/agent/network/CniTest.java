package dev.carafe.agent.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.network.AttachmentRecord.Phase;
import dev.carafe.agent.network.FakePlugin.Call;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CniTest {
  /** A network namespace that lives as long as the test. */
  private static final Path LIVE_NETNS = Path.of("/proc/self/ns/net");

  private static final String RESULT =
      """
      {"cniVersion": "1.0.0",
       "interfaces": [{"name": "br0"}, {"name": "eth0", "sandbox": "/netns"}],
       "ips": [{"address": "10.9.0.7/16", "gateway": "10.9.0.1", "interface": 1}]}
      """;

  @TempDir private Path dir;
  private Path confDir;
  private Path binDir;
  private FakePlugin first;
  private FakePlugin second;
  private Cni cni;
  private final PluginRunner runner = new ProcessRunner();

  @BeforeEach
  void installTwoPlugins() throws IOException {
    confDir = Files.createDirectory(dir.resolve("net.d"));
    binDir = Files.createDirectory(dir.resolve("bin"));
    first = FakePlugin.install(binDir, "first").result(RESULT);
    second =
        FakePlugin.install(binDir, "second").result(RESULT.replace("10.9.0.7/16", "10.9.0.8/16"));
    configure("1.0.0", "");
    cni = newCni();
  }

  private Cni newCni() {
    CarafeConfig.Network settings =
        new CarafeConfig.Network(confDir, List.of(dir.resolve("none"), binDir), dir.resolve("c"));
    return new Cni(() -> settings);
  }

  private void configure(String version, String more) throws IOException {
    Files.writeString(
        confDir.resolve("10-net.conflist"),
        """
        {"cniVersion": "%s", "name": "net", %s "plugins": [
          {"type": "first", "mtu": 1400},
          {"type": "second", "capabilities": {"portMappings": true, "ips": true, "dns": false}}]}
        """
            .formatted(version, more));
  }

  private static Attachment pod(Path netns, Map<String, String> annotations) {
    return new Attachment(
        "pod1",
        "web",
        "shop",
        "uid-1",
        netns,
        "eth0",
        List.of(
            new PortMapping(PortMapping.Protocol.TCP, 80, 8080, "127.0.0.1"),
            new PortMapping(PortMapping.Protocol.UDP, 53, 0, "")),
        new PodDns(List.of("10.0.0.10"), List.of(), List.of()),
        annotations,
        "");
  }

  private static Attachment pod() {
    return pod(LIVE_NETNS, Map.of());
  }

  private List<Call> calls() throws IOException {
    return FakePlugin.calls(binDir);
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }

  @Test
  void addCallsEachPluginInTurnAndHandsTheResultDownTheChain() throws Exception {
    CniResult result = cni.add(pod(), runner);

    assertThat(result.podIps()).containsExactly("10.9.0.8");
    assertThat(calls()).extracting(Call::toString).containsExactly("first ADD", "second ADD");
    Call one = calls().get(0);
    assertThat(one.env())
        .containsEntry("CNI_CONTAINERID", "pod1")
        .containsEntry("CNI_NETNS", "/proc/self/ns/net")
        .containsEntry("CNI_IFNAME", "eth0")
        .containsEntry("CNI_PATH", dir.resolve("none") + ":" + binDir)
        .containsEntry(
            "CNI_ARGS",
            "IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;"
                + "K8S_POD_INFRA_CONTAINER_ID=pod1;K8S_POD_UID=uid-1")
        .containsKey("PATH")
        .doesNotContainKey("HOME");
    assertThat(one.stdin())
        .isEqualTo(
            json(
                "{'type':'first','mtu':1400,'cniVersion':'1.0.0','name':'net'}"
                    .replace('\'', '"')));
    assertThat(calls().get(1).stdin().get("prevResult")).isEqualTo(json(RESULT));
  }

  @Test
  void aPluginGetsOnlyTheCapabilitiesThatItDeclaresAndThatAreSet() throws Exception {
    cni.add(pod(LIVE_NETNS, Map.of("carafe.dev/ips", "10.9.0.8, fd00::8/64")), runner);

    assertThat(calls().get(0).stdin().has("runtimeConfig")).isFalse();
    assertThat(calls().get(1).stdin().has("capabilities")).isFalse();
    assertThat(calls().get(1).stdin().get("runtimeConfig"))
        .isEqualTo(
            json(
                """
                {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp", "hostIP": "127.0.0.1"}],
                 "ips": ["10.9.0.8", "fd00::8/64"]}
                """));
  }

  @Test
  void aFailingAddIsUndoneOverTheWholeListBeforeItIsReported() throws Exception {
    second.on(
        "ADD", "echo '{\"code\": 7, \"msg\": \"no room\", \"details\": \"pool 10.9\"}'; exit 1");

    assertThatThrownBy(() -> cni.add(pod(), runner))
        .isInstanceOf(CniException.class)
        .hasMessage(
            "ADD of CNI plugin \"second\" (network net) failed: no room: pool 10.9 (code 7)");

    assertThat(calls())
        .extracting(Call::toString)
        .containsExactly("first ADD", "second ADD", "second DEL", "first DEL");
    assertThat(cni.recover(Set.of("pod1"))).isEmpty();
    assertThat(cni.result("pod1", "eth0")).isNull();
  }

  @Test
  void whenUndoingFailsTooDelStaysOwed() throws Exception {
    second.on("ADD", "echo broken >&2; exit 3");
    first.on("DEL", "exit 1");

    assertThatThrownBy(() -> cni.add(pod(), runner))
        .hasMessage("ADD of CNI plugin \"second\" (network net) failed: exit code 3: broken")
        .satisfies(e ->
            assertThat(e.getSuppressed()[0])
                .hasMessageContaining(
                    "DEL of CNI plugin \"first\" (network net) failed: exit code 1: it printed nothing"));

    assertThat(cni.recover(Set.of("pod1")))
        .singleElement()
        .satisfies(owed -> assertThat(owed.phase()).isEqualTo(Phase.PENDING));
  }

  @Test
  void aPluginThatHangsIsKilledAndNamed() throws Exception {
    first.on("ADD", "sleep 600");
    PluginRunner impatient =
        (argv, env, stdin, timeout) -> runner.run(argv, env, stdin, Duration.ofMillis(500));

    assertThatThrownBy(() -> cni.add(pod(), impatient))
        .hasMessage("ADD of CNI plugin \"first\" (network net) was killed after 90 s");
  }

  @Test
  void aMalformedResultNamesPluginAndPlace() throws Exception {
    second.result("{\"cniVersion\": \"1.0.0\", \"ips\": [{\"address\": \"10.9.0.7\"}]}");

    assertThatThrownBy(() -> cni.add(pod(), runner))
        .hasMessage(
            "ADD of CNI plugin \"second\" (network net) gave a malformed result: "
                + "/ips/0/address: expected ADDRESS/PREFIX, found \"10.9.0.7\"");
    assertThat(calls()).hasSize(4);
  }

  @Test
  void aResultThatIsNotJsonIsQuoted() throws Exception {
    first.on("ADD", "echo 'I: attached!'");

    assertThatThrownBy(() -> cni.add(pod(), runner))
        .hasMessageStartingWith(
            "ADD of CNI plugin \"first\" (network net) gave a result that is not JSON: ")
        .hasMessageContaining("I: attached!");
  }

  @Test
  void aPluginThatIsNowhereFailsBeforeAnythingIsDone() throws Exception {
    second.uninstall();

    assertThatThrownBy(() -> cni.add(pod(), runner))
        .hasMessageStartingWith("CNI plugin \"second\" is in none of " + dir.resolve("none"));
    assertThat(calls()).isEmpty();
    assertThat(cni.recover(Set.of())).isEmpty();

    cni.del(pod(), runner);
    assertThat(calls()).isEmpty();
  }

  @Test
  void aPodWithAnAnnotationThatIsNotUnderstoodIsRefusedBeforeAnythingIsDone() throws Exception {
    Attachment pod = pod(LIVE_NETNS, Map.of("kubernetes.io/ingress-bandwidth", "fast"));

    assertThatThrownBy(() -> cni.add(pod, runner)).isInstanceOf(IllegalArgumentException.class);
    assertThat(calls()).isEmpty();
    assertThat(cni.recover(Set.of())).isEmpty();
  }

  @Test
  void delWorksInReverseThoughConfigurationAndNamespaceAreGone() throws Exception {
    Path netns = dir.resolve("netns-that-is-gone");
    cni.add(pod(LIVE_NETNS, Map.of()), runner);
    Files.delete(confDir.resolve("10-net.conflist"));

    newCni().del(pod(netns, Map.of()), runner);

    assertThat(calls())
        .extracting(Call::toString)
        .containsExactly("first ADD", "second ADD", "second DEL", "first DEL");
    Call del = calls().get(2);
    assertThat(del.stdin().at("/runtimeConfig/portMappings/0/hostPort").asInt()).isEqualTo(8080);
    assertThat(del.stdin().at("/prevResult/ips/0/address").asText()).isEqualTo("10.9.0.8/16");
    assertThat(cni.result("pod1", "eth0")).isNull();
    assertThat(cni.recover(Set.of())).isEmpty();
  }

  @Test
  void aNamespaceThatIsGoneIsAnEmptyPathToThePlugin() throws Exception {
    Path leftOver = Files.createFile(dir.resolve("an-unmounted-pin"));

    cni.del(pod(leftOver, Map.of()), runner);

    assertThat(calls()).extracting(c -> c.env().get("CNI_NETNS")).containsExactly("", "");
  }

  @Test
  void addRefusesWhatIsNoNamespace() throws Exception {
    Path leftOver = Files.createFile(dir.resolve("an-unmounted-pin"));

    assertThatThrownBy(() -> cni.add(pod(leftOver, Map.of()), runner))
        .isInstanceOf(CniException.class)
        .hasMessage(
            "pod pod1: " + leftOver + " is no network namespace; its pin is gone or was unmounted");
    assertThat(calls()).isEmpty();
  }

  @Test
  void delIsRepeatable() throws Exception {
    cni.add(pod(), runner);
    cni.del(pod(), runner);
    cni.del(pod(), runner);

    assertThat(calls())
        .extracting(Call::verb)
        .containsExactly("ADD", "ADD", "DEL", "DEL", "DEL", "DEL");
  }

  @Test
  void delWithoutRecordAndWithoutConfigurationHasNothingToDo() throws Exception {
    Files.delete(confDir.resolve("10-net.conflist"));

    cni.del(pod(), runner);

    assertThat(calls()).isEmpty();
  }

  @Test
  void delGoesOnAfterAFailureReportsAllAndStaysOwed() throws Exception {
    cni.add(pod(), runner);
    first.on("DEL", "exit 4");
    second.on("DEL", "exit 5");

    assertThatThrownBy(() -> cni.del(pod(), runner))
        .hasMessageContaining("\"second\" (network net) failed: exit code 5")
        .hasMessageContaining("\"first\" (network net) failed: exit code 4");
    assertThat(cni.recover(Set.of())).hasSize(1);

    first.on("DEL", "");
    second.on("DEL", "");
    cni.del(pod(), runner);
    assertThat(cni.recover(Set.of())).isEmpty();
  }

  @Test
  void anAddThatWasCutShortIsOwedItsDelAndTheNextAddPaysIt() throws Exception {
    PluginRunner killed =
        (argv, env, stdin, timeout) -> {
          runner.run(argv, env, stdin, timeout);
          throw new IllegalStateException("kill -9");
        };
    assertThatThrownBy(() -> cni.add(pod(), killed)).hasMessage("kill -9");

    Cni restarted = newCni();
    List<AttachmentRecord> owed = restarted.recover(Set.of("pod1"));
    assertThat(owed).singleElement().satisfies(r -> assertThat(r.podId()).isEqualTo("pod1"));

    restarted.add(pod(), runner);
    assertThat(calls())
        .extracting(Call::toString)
        .containsExactly("first ADD", "second DEL", "first DEL", "first ADD", "second ADD");
    assertThat(restarted.recover(Set.of("pod1"))).isEmpty();
  }

  @Test
  void recoveryGivesAttachmentsOfPodsThatNobodyKnows() throws Exception {
    cni.add(pod(), runner);

    assertThat(newCni().recover(Set.of("pod1"))).isEmpty();
    List<AttachmentRecord> owed = newCni().recover(Set.of("pod2"));
    newCni().del(owed.getFirst(), runner);

    assertThat(calls()).extracting(Call::verb).containsExactly("ADD", "ADD", "DEL", "DEL");
    assertThat(newCni().recover(Set.of())).isEmpty();
  }

  @Test
  void halfWrittenRecordsAreSwept() throws Exception {
    Path results = Files.createDirectories(dir.resolve("c/results"));
    Files.writeString(results.resolve("pod1-eth0.json.tmp"), "{");
    Files.writeString(results.resolve("pod2-eth0.json"), "");

    assertThat(cni.recover(Set.of())).isEmpty();
    assertThat(results.resolve("pod1-eth0.json.tmp")).doesNotExist();
    assertThat(cni.result("pod2", "eth0")).isNull();
  }

  @Test
  void theResultOutlivesARestartAndASecondAddGivesItAgain() throws Exception {
    CniResult result = cni.add(pod(), runner);

    assertThat(newCni().result("pod1", "eth0")).isEqualTo(result);
    assertThat(newCni().add(pod(), runner)).isEqualTo(result);
    assertThat(calls()).hasSize(2);
  }

  @Test
  void checkAsksEachPluginWithTheResult() throws Exception {
    cni.add(pod(), runner);
    cni.check("pod1", "eth0", runner);
    assertThat(calls()).extracting(Call::verb).containsExactly("ADD", "ADD", "CHECK", "CHECK");
    assertThat(calls().get(2).stdin().at("/prevResult/ips/0/address").asText())
        .isEqualTo("10.9.0.8/16");

    second.on("CHECK", "echo '{\"code\": 11, \"msg\": \"address lost\"}'; exit 1");
    assertThatThrownBy(() -> cni.check("pod1", "eth0", runner))
        .hasMessage("CHECK of CNI plugin \"second\" (network net) failed: address lost (code 11)");
  }

  @Test
  void checkIsNotCalledWhereItIsDisabledOrDoesNotExist() throws Exception {
    configure("1.0.0", "\"disableCheck\": true,");
    cni.add(pod(), runner);
    cni.check("pod1", "eth0", runner);
    cni.del(pod(), runner);

    configure("0.3.1", "");
    cni.add(pod(), runner);
    cni.check("pod1", "eth0", runner);

    assertThat(calls()).extracting(Call::verb).doesNotContain("CHECK");
    assertThatThrownBy(() -> cni.check("pod9", "eth0", runner))
        .hasMessage("pod pod9 has no attached interface eth0");
  }

  @Test
  void delGetsTheResultFromVersion040On() throws Exception {
    configure("0.3.1", "");
    cni.add(pod(), runner);
    cni.del(pod(), runner);

    assertThat(calls().get(1).stdin().at("/prevResult/cniVersion").asText()).isEqualTo("0.3.1");
    assertThat(calls().get(2).verb()).isEqualTo("DEL");
    assertThat(calls().get(2).stdin().has("prevResult")).isFalse();
  }

  @Test
  void withoutANetworkAddSaysWhy() throws Exception {
    Files.writeString(confDir.resolve("10-net.conflist"), "{\"name\": \"net\", \"plugins\": 7}");

    assertThatThrownBy(() -> cni.add(pod(), runner))
        .hasMessage(
            "no valid CNI network configuration in %s: 10-net.conflist: /plugins: expected a list, found 7"
                .formatted(confDir));
  }

  @Test
  void readinessNamesTheNetwork() throws Exception {
    NetworkReadiness readiness = cni.readiness();

    assertThat(readiness.ready()).isTrue();
    assertThat(readiness.reason()).isEmpty();
    assertThat(readiness.networkName()).isEqualTo("net");
    assertThat(readiness.lastLoadStatus()).isEqualTo("OK");
    assertThat(readiness.cniConfig().at("/Networks/0/Config/Plugins/1/Network/type").asText())
        .isEqualTo("second");
    assertThat(calls()).isEmpty();
  }

  @Test
  void readinessMissesConfigurationsAndPlugins() throws Exception {
    second.uninstall();
    NetworkReadiness noPlugin = cni.readiness();
    assertThat(noPlugin.ready()).isFalse();
    assertThat(noPlugin.reason()).isEqualTo("NetworkPluginNotReady");
    assertThat(noPlugin.message()).startsWith("CNI plugin \"second\" is in none of ");

    Files.delete(confDir.resolve("10-net.conflist"));
    assertThat(cni.readiness().message())
        .isEqualTo(
            "no valid CNI network configuration in %s: it has no *.conf, *.conflist or *.json file; install a CNI configuration"
                .formatted(confDir));
    assertThat(cni.readiness().lastLoadStatus()).startsWith("no valid CNI network configuration");

    Files.delete(confDir);
    assertThat(cni.readiness().message()).endsWith(": the directory does not exist");
  }

  @Test
  void readinessAsksThePluginsFromVersion110On() throws Exception {
    configure("1.1.0", "");
    assertThat(cni.readiness().ready()).isTrue();
    assertThat(calls()).extracting(Call::toString).containsExactly("first STATUS", "second STATUS");
    assertThat(calls().getFirst().env()).doesNotContainKeys("CNI_CONTAINERID", "CNI_NETNS");

    second.on("STATUS", "echo '{\"code\": 50, \"msg\": \"no controller yet\"}'; exit 1");
    assertThat(cni.readiness().message())
        .isEqualTo(
            "STATUS of CNI plugin \"second\" (network net) failed: no controller yet (code 50)");
  }
}
