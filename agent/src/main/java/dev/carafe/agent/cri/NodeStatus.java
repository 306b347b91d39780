package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.config.RuntimeHandlers;
import dev.carafe.agent.network.Cni;
import dev.carafe.agent.network.NetworkReadiness;
import dev.carafe.cri.v1.CgroupDriver;
import dev.carafe.cri.v1.LinuxRuntimeConfiguration;
import dev.carafe.cri.v1.RuntimeCondition;
import dev.carafe.cri.v1.RuntimeConfigResponse;
import dev.carafe.cri.v1.RuntimeFeatures;
import dev.carafe.cri.v1.RuntimeHandler;
import dev.carafe.cri.v1.RuntimeHandlerFeatures;
import dev.carafe.cri.v1.RuntimeStatus;
import dev.carafe.cri.v1.StatusResponse;
import dev.carafe.cri.v1.VersionResponse;
import dev.carafe.runtime.cgroup.FsCgroupDriver;
import dev.carafe.runtime.cgroup.SystemdCgroupDriver;

/** What the runtime says of itself: Version, Status, RuntimeConfig. Thread-safe. */
public final class NodeStatus {
  /** The kubelet's own version of the API: it refuses to start with any other word here. */
  private static final String KUBELET_API = "0.1.0";

  private static final String API = "v1";
  private static final RuntimeHandlerFeatures FEATURES =
      RuntimeHandlerFeatures.newBuilder()
          .setRecursiveReadOnlyMounts(true)
          .setUserNamespaces(true)
          .build();

  private final String version;
  private final dev.carafe.runtime.cgroup.CgroupDriver cgroups;
  private final RuntimeHandlers handlers;
  private final Cni network;
  private final VerboseInfo info;

  /**
   * Status of a runtime.
   *
   * @param version of this build
   * @param cgroups the driver in force
   * @param network asked at each call
   */
  public NodeStatus(
      String version,
      dev.carafe.runtime.cgroup.CgroupDriver cgroups,
      RuntimeHandlers handlers,
      Cni network,
      VerboseInfo info) {
    this.version = requireNonNull(version, "version is null");
    this.cgroups = requireNonNull(cgroups, "cgroups is null");
    this.handlers = requireNonNull(handlers, "handlers is null");
    this.network = requireNonNull(network, "network is null");
    this.info = requireNonNull(info, "info is null");
  }

  VersionResponse version() {
    return VersionResponse.newBuilder()
        .setVersion(KUBELET_API)
        .setRuntimeName("carafe")
        .setRuntimeVersion(version)
        .setRuntimeApiVersion(API)
        .build();
  }

  StatusResponse status(boolean verbose) throws InterruptedException {
    NetworkReadiness readiness = network.readiness();
    StatusResponse.Builder response =
        StatusResponse.newBuilder()
            .setStatus(
                RuntimeStatus.newBuilder()
                    .addConditions(condition("RuntimeReady", true, "", ""))
                    .addConditions(
                        condition(
                            "NetworkReady",
                            readiness.ready(),
                            readiness.reason(),
                            readiness.message())))
            .setFeatures(
                RuntimeFeatures.newBuilder()
                    .setSupplementalGroupsPolicy(true)
                    .setUserNamespacesHostNetwork(true)
                    .setMountOptions(true));
    for (String handler : handlers.names()) {
      response.addRuntimeHandlers(
          RuntimeHandler.newBuilder().setName(handler).setFeatures(FEATURES));
    }
    if (verbose) {
      response.putInfo("config", info.config()).putAllInfo(info.network(readiness));
    }
    return response.build();
  }

  RuntimeConfigResponse runtimeConfig() {
    CgroupDriver driver =
        switch (cgroups) {
          case FsCgroupDriver files -> CgroupDriver.CGROUPFS;
          case SystemdCgroupDriver systemd -> CgroupDriver.SYSTEMD;
        };
    return RuntimeConfigResponse.newBuilder()
        .setLinux(LinuxRuntimeConfiguration.newBuilder().setCgroupDriver(driver))
        .build();
  }

  private static RuntimeCondition condition(
      String type, boolean status, String reason, String message) {
    return RuntimeCondition.newBuilder()
        .setType(type)
        .setStatus(status)
        .setReason(reason)
        .setMessage(message)
        .build();
  }
}
