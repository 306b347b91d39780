package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.CDIDevice;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.RunPodSandboxRequest;
import dev.carafe.cri.v1.RuntimeHandler;
import dev.carafe.cri.v1.StatusRequest;
import dev.carafe.e2e.client.Workload;
import io.grpc.Status.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Devices by name, and what a runtime handler changes about devices. */
class CdiIT {
  @RegisterExtension static final CriNode NODE = new CriNode();

  @Test
  void aNamedDeviceBringsItsNodeMountAndVariable() throws Exception {
    Path directory = NODE.node().settings().cdi();
    Files.createDirectories(directory);
    Path gift = Files.writeString(directory.resolve("gift"), "inside");
    Files.writeString(
        directory.resolve("test.yaml"),
        """
        cdiVersion: 0.6.0
        kind: carafe.test/zero
        devices:
        - name: one
          containerEdits:
            env: [GIVEN=by-cdi]
            deviceNodes: [{path: /dev/gift, hostPath: /dev/zero}]
            mounts: [{hostPath: %s, containerPath: /gift, options: [ro, bind]}]
            additionalGids: [4321]
        """
            .formatted(gift));
    Workload pod = NODE.pod();
    ContainerConfig.Builder config =
        shell("c", "sleep 1000")
            .addCDIDevices(CDIDevice.newBuilder().setName("carafe.test/zero=one"));
    String id = run(pod, config);
    assertThat(NODE.output(id, "echo $GIVEN; cat /gift; echo; head -c 3 /dev/gift | wc -c; id -G"))
        .isEqualTo("by-cdi\ninside\n3\n0 4321");
    assertRefused(
        Code.INVALID_ARGUMENT,
        () ->
            pod.create(
                shell("d", "true")
                    .addCDIDevices(CDIDevice.newBuilder().setName("carafe.test/zero=two"))
                    .build()),
        "carafe.test/zero=two");
    pod.remove();
  }

  @Test
  void aHandlerKeepsTheHostsDevicesFromPrivilegedContainers() {
    assertThat(NODE.runtime().status(StatusRequest.getDefaultInstance()).getRuntimeHandlersList())
        .extracting(RuntimeHandler::getName)
        .containsExactly("", "carafe", "no-host-devices");
    PodSandboxConfig.Builder config = NODE.podConfig();
    config.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
    Workload pod = Workload.run(NODE.node().client(), config.build(), "no-host-devices");
    ContainerConfig.Builder container = shell("c", "sleep 1000");
    container.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
    String id = run(pod, container);
    assertThat(NODE.output(id, "ls /dev | grep -c kmsg; true")).isEqualTo("0");
    assertThat(pod.status().getRuntimeHandler()).isEqualTo("no-host-devices");
    pod.remove();
    assertRefused(
        Code.INVALID_ARGUMENT,
        () ->
            NODE.runtime()
                .runPodSandbox(
                    RunPodSandboxRequest.newBuilder()
                        .setConfig(NODE.podConfig())
                        .setRuntimeHandler("kata")
                        .build()),
        "kata",
        "no-host-devices");
  }
}
