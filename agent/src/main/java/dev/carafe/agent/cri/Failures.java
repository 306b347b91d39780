package dev.carafe.agent.cri;

import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.network.CniException;
import dev.carafe.runtime.cgroup.CgroupException;
import dev.carafe.runtime.spec.SpecException;

/** What the packages below throw, as failures of a request. */
final class Failures {
  private Failures() {}

  /** The failure itself, or what a package's own exception amounts to. */
  static Failure from(Throwable thrown) {
    return switch (thrown) {
      case Failure failure -> failure;
      case ImageException image -> image(image);
      case SpecException spec -> Failure.invalid(describe(spec), spec);
      case CgroupException cgroup -> cgroup(cgroup);
      case CniException cni -> Failure.internal(describe(cni), cni);
      default -> Failure.internal(describe(thrown), thrown);
    };
  }

  private static Failure image(ImageException thrown) {
    String message = String.valueOf(thrown.getMessage());
    return switch (thrown) {
      case ImageException.InvalidReference e -> Failure.invalid(message, e);
      case ImageException.NotFound e -> Failure.notFound(message);
      case ImageException.RegistryUnavailable e ->
          Failure.internal("RegistryUnavailable: " + message, e);
      case ImageException.SignatureRefused e ->
          Failure.internal("SignatureValidationFailed: " + message, e);
      case ImageException.Pinned e -> Failure.wrongState(message);
      case ImageException.DiskFull e -> Failure.exhausted(message, e);
      case ImageException.PullTimedOut e -> Failure.deadline(message);
      case ImageException.Cancelled e -> Failure.deadline(message);
      case ImageException.Unauthorized e -> Failure.internal(message, e);
      case ImageException.InvalidHostsFile e -> Failure.internal(message, e);
      case ImageException.DigestMismatch e -> Failure.internal(message, e);
      case ImageException.InvalidImage e -> Failure.internal(message, e);
      case ImageException.CorruptLayer e -> Failure.internal(message, e);
      case ImageException.StoreFailure e -> Failure.internal(message, e);
    };
  }

  private static Failure cgroup(CgroupException thrown) {
    String message = String.valueOf(thrown.getMessage());
    return switch (thrown.kind()) {
      case INVALID -> Failure.invalid(message, thrown);
      case BUSY -> Failure.wrongState(message);
      case KERNEL -> Failure.internal(message, thrown);
    };
  }

  private static String describe(Throwable thrown) {
    String message = thrown.getMessage();
    return message == null ? thrown.getClass().getSimpleName() : message;
  }
}
