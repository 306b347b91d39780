package dev.carafe.agent.oci;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import dev.carafe.cri.v1.SecurityProfile;
import dev.carafe.cri.v1.SecurityProfile.ProfileType;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which seccomp and AppArmor profile a container asks for; a new field wins over its older form.
 */
final class SecurityProfiles {
  private static final String SECCOMP = "linux.security_context.seccomp";
  private static final String APPARMOR = "linux.security_context.apparmor";
  private static final String LOCALHOST = "localhost/";

  private SecurityProfiles() {}

  /** The system call filter; none for a container that names none or is privileged. */
  static SeccompChoice seccomp(LinuxContainerSecurityContext security) {
    if (security.getPrivileged()) {
      return new SeccompChoice.Unconfined();
    }
    SecurityProfile profile =
        security.hasSeccomp()
            ? security.getSeccomp()
            : older("linux.security_context.seccomp_profile_path", olderSeccomp(security));
    if (profile == null) {
      return new SeccompChoice.Unconfined();
    }
    return switch (profile.getProfileType()) {
      case RuntimeDefault -> new SeccompChoice.RuntimeDefault();
      case Unconfined -> new SeccompChoice.Unconfined();
      case Localhost -> {
        if (!profile.getLocalhostRef().startsWith("/")) {
          throw Failure.invalid(
              "%s.localhost_ref: \"%s\" is not absolute; expected the path of a JSON profile on the node"
                  .formatted(SECCOMP, profile.getLocalhostRef()));
        }
        yield new SeccompChoice.Localhost(Path.of(profile.getLocalhostRef()).normalize());
      }
      case UNRECOGNIZED -> throw unknown(SECCOMP, profile);
    };
  }

  /**
   * The AppArmor profile. A container that names none gets the runtime's own where the node has
   * AppArmor; one that names a profile on a node without is refused, for it would run unconfined.
   */
  static AppArmorChoice appArmor(LinuxContainerSecurityContext security, boolean enabled) {
    if (security.getPrivileged()) {
      return new AppArmorChoice.Unconfined();
    }
    SecurityProfile profile =
        security.hasApparmor()
            ? security.getApparmor()
            : older("linux.security_context.apparmor_profile", olderAppArmor(security));
    if (profile == null) {
      return enabled ? new AppArmorChoice.RuntimeDefault() : new AppArmorChoice.Unconfined();
    }
    if (!enabled && profile.getProfileType() != ProfileType.Unconfined) {
      throw Failure.invalid(
          "%s: profile %s %sis asked for, but this node has no AppArmor; leave the field out, or use a node that has it"
              .formatted(
                  APPARMOR,
                  profile.getProfileType(),
                  profile.getLocalhostRef().isEmpty() ? "" : profile.getLocalhostRef() + " "));
    }
    return switch (profile.getProfileType()) {
      case RuntimeDefault -> new AppArmorChoice.RuntimeDefault();
      case Unconfined -> new AppArmorChoice.Unconfined();
      case Localhost -> new AppArmorChoice.Localhost(profileName(profile.getLocalhostRef()));
      case UNRECOGNIZED -> throw unknown(APPARMOR, profile);
    };
  }

  /** Whether the container names an AppArmor profile at all, in either field. */
  static boolean asksForAppArmor(LinuxContainerSecurityContext security) {
    return security.hasApparmor() || !olderAppArmor(security).isEmpty();
  }

  /** A profile's name; kubelets before 1.30 leave the old prefix on it. */
  private static String profileName(String reference) {
    String name =
        reference.startsWith(LOCALHOST) ? reference.substring(LOCALHOST.length()) : reference;
    if (name.isEmpty()) {
      throw Failure.invalid(
          APPARMOR + ".localhost_ref: is empty; expected the name of a loaded profile");
    }
    return name;
  }

  /** The older form as the newer message; null when it is not set. */
  private static @Nullable SecurityProfile older(String field, String text) {
    SecurityProfile.Builder profile = SecurityProfile.newBuilder();
    return switch (text) {
      case "" -> null;
      case "unconfined" -> profile.setProfileType(ProfileType.Unconfined).build();
      case "runtime/default", "docker/default" ->
          profile.setProfileType(ProfileType.RuntimeDefault).build();
      default -> {
        if (!text.startsWith(LOCALHOST)) {
          throw Failure.invalid(
              "%s: \"%s\"; expected runtime/default, unconfined or localhost/PROFILE"
                  .formatted(field, text));
        }
        yield profile
            .setProfileType(ProfileType.Localhost)
            .setLocalhostRef(text.substring(LOCALHOST.length()))
            .build();
      }
    };
  }

  @SuppressWarnings("deprecation") // older clients still send it
  private static String olderSeccomp(LinuxContainerSecurityContext security) {
    return security.getSeccompProfilePath();
  }

  @SuppressWarnings("deprecation") // older clients still send it
  private static String olderAppArmor(LinuxContainerSecurityContext security) {
    return security.getApparmorProfile();
  }

  private static Failure unknown(String field, SecurityProfile profile) {
    return Failure.invalid(
        "%s.profile_type: %d; expected 0 (RuntimeDefault), 1 (Unconfined) or 2 (Localhost)"
            .formatted(field, profile.getProfileTypeValue()));
  }
}
