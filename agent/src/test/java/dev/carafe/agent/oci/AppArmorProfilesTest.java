package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.lsm.AppArmor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AppArmorProfilesTest {
  private static final AppArmorChoice OURS = new AppArmorChoice.RuntimeDefault();

  @TempDir private Path security;

  private AppArmorProfiles loaded(String lines) throws IOException {
    Files.writeString(security.resolve("profiles"), lines);
    return new AppArmorProfiles(new AppArmor(security, security, List.of()));
  }

  @Test
  void loadedProfilesHaveTheirNames() throws IOException {
    AppArmorProfiles profiles = loaded("mine (complain)\ncarafe-default (enforce)\n");
    assertThat(profiles.name(OURS, true)).isEqualTo("carafe-default");
    assertThat(profiles.name(OURS, false)).isEqualTo("carafe-default");
    assertThat(profiles.name(new AppArmorChoice.Localhost("mine"), true)).isEqualTo("mine");
    assertThat(profiles.name(new AppArmorChoice.Unconfined(), true)).isNull();
  }

  @Test
  void aProfileOfTheNodeThatIsNotLoadedIsRefusedByItsName() throws IOException {
    AppArmorProfiles profiles = loaded("mine-too (enforce)\n");
    assertThatThrownBy(() -> profiles.name(new AppArmorChoice.Localhost("mine"), true))
        .isInstanceOfSatisfying(
            Failure.class, e -> assertThat(e.kind()).isEqualTo(Failure.Kind.INVALID))
        .hasMessageContaining("profile \"mine\" is not loaded");
  }

  @Test
  void whoAsksForTheMissingDefaultIsRefusedAndWhoDoesNotRuns() throws IOException {
    AppArmorProfiles profiles = loaded("");
    assertThatThrownBy(() -> profiles.name(OURS, true))
        .isInstanceOfSatisfying(
            Failure.class, e -> assertThat(e.kind()).isEqualTo(Failure.Kind.UNAVAILABLE))
        .hasMessageContaining("carafe-default is not loaded");
    assertThat(profiles.name(OURS, false)).isNull();
  }

  @Test
  void withoutSecurityfsNobodyKnows() {
    AppArmorProfiles profiles = new AppArmorProfiles(new AppArmor(security, security, List.of()));
    assertThatThrownBy(() -> profiles.name(OURS, false))
        .isInstanceOfSatisfying(
            Failure.class, e -> assertThat(e.kind()).isEqualTo(Failure.Kind.UNAVAILABLE))
        .hasMessageContaining("/profiles: ");
  }
}
