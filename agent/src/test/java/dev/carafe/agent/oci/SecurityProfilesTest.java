package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import dev.carafe.cri.v1.SecurityProfile;
import dev.carafe.cri.v1.SecurityProfile.ProfileType;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SecurityProfilesTest {
  private static final SeccompChoice NO_SECCOMP = new SeccompChoice.Unconfined();
  private static final AppArmorChoice NO_APPARMOR = new AppArmorChoice.Unconfined();

  private static LinuxContainerSecurityContext.Builder nothing() {
    return LinuxContainerSecurityContext.newBuilder();
  }

  private static SecurityProfile profile(ProfileType type, String reference) {
    return SecurityProfile.newBuilder().setProfileType(type).setLocalhostRef(reference).build();
  }

  private static SeccompChoice seccomp(ProfileType type, String reference) {
    return SecurityProfiles.seccomp(nothing().setSeccomp(profile(type, reference)).build());
  }

  private static AppArmorChoice appArmor(ProfileType type, String reference, boolean enabled) {
    return SecurityProfiles.appArmor(
        nothing().setApparmor(profile(type, reference)).build(), enabled);
  }

  @SuppressWarnings("deprecation") // older clients still send it
  private static LinuxContainerSecurityContext.Builder older(String seccomp, String appArmor) {
    return nothing().setSeccompProfilePath(seccomp).setApparmorProfile(appArmor);
  }

  @Test
  void seccompByTheNewField() {
    assertThat(SecurityProfiles.seccomp(nothing().build())).isEqualTo(NO_SECCOMP);
    assertThat(seccomp(ProfileType.RuntimeDefault, ""))
        .isEqualTo(new SeccompChoice.RuntimeDefault());
    assertThat(seccomp(ProfileType.Unconfined, "")).isEqualTo(NO_SECCOMP);
    assertThat(seccomp(ProfileType.Localhost, "/p/./x.json"))
        .isEqualTo(new SeccompChoice.Localhost(Path.of("/p/x.json")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x.json", "localhost//p"})
  void seccompProfilesOfTheNodeAreAbsolutePaths(String reference) {
    assertThatThrownBy(() -> seccomp(ProfileType.Localhost, reference))
        .hasMessageContaining("linux.security_context.seccomp.localhost_ref: \"%s\"", reference);
  }

  @ParameterizedTest
  @CsvSource({"runtime/default, true", "docker/default, true", "unconfined, false"})
  void seccompByTheOlderField(String text, boolean confined) {
    assertThat(SecurityProfiles.seccomp(older(text, "").build()))
        .isEqualTo(confined ? new SeccompChoice.RuntimeDefault() : NO_SECCOMP);
  }

  @Test
  void olderLocalhostForms() {
    LinuxContainerSecurityContext both = older("localhost//p/x.json", "localhost/mine").build();
    assertThat(SecurityProfiles.seccomp(both))
        .isEqualTo(new SeccompChoice.Localhost(Path.of("/p/x.json")));
    assertThat(SecurityProfiles.appArmor(both, true))
        .isEqualTo(new AppArmorChoice.Localhost("mine"));
  }

  @Test
  void theNewFieldWinsOverTheOlder() {
    LinuxContainerSecurityContext both =
        older("runtime/default", "localhost/old")
            .setSeccomp(profile(ProfileType.Unconfined, ""))
            .setApparmor(profile(ProfileType.Localhost, "new"))
            .build();
    assertThat(SecurityProfiles.seccomp(both)).isEqualTo(NO_SECCOMP);
    assertThat(SecurityProfiles.appArmor(both, true))
        .isEqualTo(new AppArmorChoice.Localhost("new"));
  }

  @Test
  void aPrivilegedContainerHasNeither() {
    LinuxContainerSecurityContext privileged =
        older("runtime/default", "runtime/default").setPrivileged(true).build();
    assertThat(SecurityProfiles.seccomp(privileged)).isEqualTo(NO_SECCOMP);
    assertThat(SecurityProfiles.appArmor(privileged, true)).isEqualTo(NO_APPARMOR);
  }

  @Test
  void appArmorByDefaultWhereTheNodeHasIt() {
    assertThat(SecurityProfiles.appArmor(nothing().build(), true))
        .isEqualTo(new AppArmorChoice.RuntimeDefault());
    assertThat(SecurityProfiles.appArmor(nothing().build(), false)).isEqualTo(NO_APPARMOR);
    assertThat(appArmor(ProfileType.RuntimeDefault, "", true))
        .isEqualTo(new AppArmorChoice.RuntimeDefault());
    assertThat(appArmor(ProfileType.Unconfined, "", false)).isEqualTo(NO_APPARMOR);
    assertThat(appArmor(ProfileType.Localhost, "localhost/p", true))
        .isEqualTo(new AppArmorChoice.Localhost("p"));
  }

  @Test
  void whatIsAskedForAndCannotBeIsRefused() {
    assertThatThrownBy(() -> appArmor(ProfileType.Localhost, "p", false))
        .hasMessageContaining("profile Localhost p is asked for, but this node has no AppArmor");
    assertThatThrownBy(() -> appArmor(ProfileType.RuntimeDefault, "", false))
        .hasMessageContaining("this node has no AppArmor");
    assertThatThrownBy(() -> appArmor(ProfileType.Localhost, "", true))
        .hasMessageContaining("linux.security_context.apparmor.localhost_ref: is empty");
    assertThatThrownBy(() -> SecurityProfiles.seccomp(older("nonsense", "").build()))
        .hasMessageContaining("seccomp_profile_path: \"nonsense\"");
    assertThatThrownBy(() -> SecurityProfiles.appArmor(older("", "nonsense").build(), true))
        .hasMessageContaining("apparmor_profile: \"nonsense\"");
    assertThatThrownBy(() ->
            SecurityProfiles.seccomp(
                nothing().setSeccomp(SecurityProfile.newBuilder().setProfileTypeValue(9)).build()))
        .hasMessageContaining("linux.security_context.seccomp.profile_type: 9");
  }
}
