package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.lsm.AppArmor;
import dev.carafe.runtime.lsm.LsmException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** From a choice of AppArmor profile to the name of one that is loaded. Thread-safe. */
final class AppArmorProfiles {
  private static final Logger LOG = LogManager.getLogger(AppArmorProfiles.class);

  private final AppArmor appArmor;

  AppArmorProfiles(AppArmor appArmor) {
    this.appArmor = requireNonNull(appArmor, "appArmor");
  }

  /**
   * The profile's name, or null for a container that none confines.
   *
   * @param asked whether the client named the choice; one that named none runs without a default
   *     that is not loaded, and the log says so
   * @throws Failure INVALID for a profile of the node that is not loaded, UNAVAILABLE when the
   *     runtime's own is not
   */
  @Nullable String name(AppArmorChoice choice, boolean asked) {
    return switch (choice) {
      case AppArmorChoice.Unconfined none -> null;
      case AppArmorChoice.Localhost(String profile) -> {
        if (!loaded(profile)) {
          throw Failure.invalid(
              "linux.security_context.apparmor: profile \"%s\" is not loaded on this node; load it with apparmor_parser"
                  .formatted(profile));
        }
        yield profile;
      }
      case AppArmorChoice.RuntimeDefault ours -> runtimeDefault(asked);
    };
  }

  private @Nullable String runtimeDefault(boolean asked) {
    if (loaded(AppArmor.DEFAULT_PROFILE)) {
      return AppArmor.DEFAULT_PROFILE;
    }
    String missing =
        "AppArmor's profile %s is not loaded: carafed's log says why at its start"
            .formatted(AppArmor.DEFAULT_PROFILE);
    if (asked) {
      throw Failure.unavailable("linux.security_context.apparmor: " + missing, null);
    }
    LOG.warn("a container runs without AppArmor: {}", missing);
    return null;
  }

  private boolean loaded(String profile) {
    try {
      return appArmor.loaded(profile);
    } catch (LsmException unreadable) {
      throw Failure.unavailable(String.valueOf(unreadable.getMessage()), unreadable);
    }
  }
}
