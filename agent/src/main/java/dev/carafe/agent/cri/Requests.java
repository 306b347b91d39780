package dev.carafe.agent.cri;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerMetadata;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PodSandboxMetadata;

/** What every request must have; each refusal names the field. */
final class Requests {
  private Requests() {}

  /** The value of a field that must not be empty. */
  static String required(String field, String value) {
    if (value.isEmpty()) {
      throw Failure.invalid(field + " is empty: expected a value");
    }
    return value;
  }

  /** A pod configuration whose metadata is complete. */
  static PodSandboxConfig pod(PodSandboxConfig config) {
    if (!config.hasMetadata()) {
      throw Failure.invalid("config.metadata is missing: expected name, namespace and uid");
    }
    PodSandboxMetadata metadata = config.getMetadata();
    required("config.metadata.name", metadata.getName());
    required("config.metadata.namespace", metadata.getNamespace());
    required("config.metadata.uid", metadata.getUid());
    if (!config.getLogDirectory().isEmpty() && !config.getLogDirectory().startsWith("/")) {
      throw Failure.invalid(
          "config.log_directory is \"%s\": expected an absolute path"
              .formatted(config.getLogDirectory()));
    }
    return config;
  }

  /** A container configuration with a name and an image. */
  static ContainerConfig container(ContainerConfig config) {
    if (!config.hasMetadata()) {
      throw Failure.invalid("config.metadata is missing: expected a name");
    }
    ContainerMetadata metadata = config.getMetadata();
    required("config.metadata.name", metadata.getName());
    required("config.image.image", config.getImage().getImage());
    if (config.getLogPath().startsWith("/") || config.getLogPath().contains("..")) {
      throw Failure.invalid(
          "config.log_path is \"%s\": expected a path below the pod's log_directory"
              .formatted(config.getLogPath()));
    }
    return config;
  }
}
