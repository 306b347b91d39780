package dev.carafe.node.host;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.node.host.Installer.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** The rungs, in their order. */
final class Steps {
  private static final Logger LOG = LogManager.getLogger(Steps.class);

  static final String HOME = "/opt/carafe";
  static final String ENDPOINT = "unix:///run/carafe/carafe.sock";

  private static final String CONFIG = "/etc/carafe/carafe.toml";
  private static final Step.Action NOTHING = record -> {};
  private static final long LOOK_MILLIS = 500;

  private final HostSettings host;
  private final HostCommands commands;
  private final Systemd systemd;
  private final ServiceUnit unit;
  private final DropIn dropIn;
  private final Versions versions;
  private final KubeletEndpoint kubelet;
  private final NodeGate gate;
  private final FormerRuntime former;
  private final boolean drain;

  Steps(
      HostSettings host,
      HostCommands commands,
      NodeGate gate,
      FormerRuntime former,
      boolean drain) {
    this.host = requireNonNull(host, "host is null");
    this.commands = requireNonNull(commands, "commands is null");
    this.gate = requireNonNull(gate, "gate is null");
    this.former = requireNonNull(former, "former is null");
    this.drain = drain;
    this.systemd = new Systemd(commands);
    this.unit = new ServiceUnit(host, systemd);
    this.dropIn = new DropIn(host);
    this.versions = new Versions(host.path(HOME));
    this.kubelet = new KubeletEndpoint(host);
  }

  List<Step> all() {
    Step stage = new Step("stage", r -> versions.stage(host.tree(), r.build()), NOTHING);
    Step check = new Step("check", r -> check(r.build()), NOTHING);
    Step close = new Step("close the node", r -> gate.close(r.build()), NOTHING);
    Step place =
        new Step("unit", r -> unit.place(versions.of(r.build()), r.mode()), this::formerUnit);
    Step configure = new Step("configure", r -> configure(r.build()), r -> dropIn.takeBack());
    Step use = new Step("use", r -> versions.use(r.build()), r -> versions.use(r.previous()));
    Step start = new Step("start", r -> unit.restart(r.mode()), NOTHING);
    Step answer = new Step("answer", r -> awaitAnswer(), NOTHING);
    List<Step> steps =
        new ArrayList<>(List.of(stage, check, close, place, configure, use, start, answer));
    if (host.mode() == Mode.REPLACE) {
      steps.add(new Step("drain", r -> drain(), NOTHING));
      steps.add(new Step("kubelet", r -> pointKubelet(), this::restoreKubelet));
      steps.add(new Step("ready", r -> gate.awaitReady(host.patience()), NOTHING));
      steps.add(new Step("former runtime's pods", r -> retire(), NOTHING));
    }
    steps.add(new Step("settle", r -> dropIn.settle(), NOTHING));
    return List.copyOf(steps);
  }

  private void check(String build) throws HostException, InterruptedException {
    if (host.mode() == Mode.BESIDE && unit.installed() == Mode.REPLACE) {
      throw new HostException(
          "the kubelet uses Carafe, for it was installed in mode replace: uninstall it before it is"
              + " installed in mode beside");
    }
    HostCommands.Result result =
        systemd.runOnHost(List.of(HOME + "/" + build + "/bin/carafe", "check", "--json"));
    if (!result.good()) {
      throw new HostException("the host cannot run Carafe: " + failures(result));
    }
  }

  private static String failures(HostCommands.Result result) {
    try {
      StringBuilder text = new StringBuilder();
      for (JsonNode one : new ObjectMapper().readTree(result.out()).path("checks")) {
        if (one.path("level").asText().equals("fail")) {
          text.append(text.isEmpty() ? "" : "; ").append(one.path("name").asText()).append(": ");
          text.append(one.path("found").asText())
              .append(" -> ")
              .append(one.path("advice").asText());
        }
      }
      return text.isEmpty() ? result.said() : text.toString();
    } catch (JsonProcessingException notJson) {
      return result.said();
    }
  }

  private void configure(String build) throws IOException {
    Path config = host.path(CONFIG);
    if (!Files.exists(config)) {
      HostFiles.write(config, Files.readString(versions.of(build).resolve("etc/carafe.toml")));
    }
    dropIn.bring();
  }

  /** After a failed change what was in use gets its unit back; after a first one nothing stays. */
  private void formerUnit(InstallRecord record)
      throws HostException, IOException, InterruptedException {
    String previous = record.previous();
    Mode previousMode = record.previousMode();
    if (previous == null || previousMode == null) {
      unit.remove();
      return;
    }
    unit.place(versions.of(previous), previousMode);
    unit.restart(previousMode);
  }

  /**
   * Waits for {@code carafe status} to say that the runtime is ready; the network may come later.
   */
  private void awaitAnswer() throws HostException, InterruptedException {
    long end = System.nanoTime() + host.patience().toNanos();
    String said = "nothing";
    while (System.nanoTime() < end) {
      HostCommands.Result status =
          commands.run(
              List.of(HOME + "/current/bin/carafe", "--address", ENDPOINT, "status", "--json"));
      if (runtimeReady(status.out())) {
        return;
      }
      said = status.said();
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    throw new HostException(
        "carafed does not say that it is ready within %d s; it says: %s"
            .formatted(host.patience().toSeconds(), said));
  }

  private static boolean runtimeReady(String said) {
    try {
      return new ObjectMapper()
          .readTree(said)
          .path("conditions")
          .path("RuntimeReady")
          .asText()
          .equals("yes");
    } catch (JsonProcessingException notThereYet) {
      return false;
    }
  }

  private void drain() throws HostException, InterruptedException {
    if (drain) {
      gate.drain(Duration.ofSeconds(Math.max(host.patience().toSeconds(), 60)));
    }
  }

  private void pointKubelet() throws HostException, IOException, InterruptedException {
    if (kubelet.point(ENDPOINT)) {
      restartKubelet();
    }
  }

  private void restartKubelet() throws HostException, IOException, InterruptedException {
    systemd.daemonReload();
    systemd.restart("kubelet.service");
    kubelet.restarted();
  }

  /** The node is ready: a former runtime that refuses is no reason to go back to it. */
  private void retire() throws IOException {
    String endpoint = kubelet.former();
    if (endpoint == null) {
      return;
    }
    try {
      former.removePods(endpoint);
    } catch (HostException refused) {
      LOG.warn("pods of the former runtime are left: {}", refused.getMessage());
    }
  }

  private void restoreKubelet(InstallRecord record)
      throws HostException, IOException, InterruptedException {
    // After a failed upgrade the kubelet stays with Carafe: the build before serves the same
    // socket.
    if (record.previousMode() != Mode.REPLACE && kubelet.restore()) {
      restartKubelet();
      // What the kubelet had begun here it begins again there.
      former.removePods(ENDPOINT);
    }
  }
}
