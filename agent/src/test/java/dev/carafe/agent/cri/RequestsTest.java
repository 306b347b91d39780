package dev.carafe.agent.cri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.image.registry.Credentials;
import dev.carafe.cri.v1.AuthConfig;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PodSandboxFilter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestsTest {
  private static final String IMAGE = "example.org/a:1";

  @ParameterizedTest
  @ValueSource(strings = {"name", "namespace", "uid"})
  void aPodNeedsItsWholeName(String missing) {
    PodSandboxConfig.Builder config = PodSandboxConfig.newBuilder();
    config.getMetadataBuilder().setName("n").setNamespace("s").setUid("u");
    config
        .getMetadataBuilder()
        .clearField(dev.carafe.cri.v1.PodSandboxMetadata.getDescriptor().findFieldByName(missing));

    assertThatThrownBy(() -> Requests.pod(config.build()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("config.metadata." + missing + " is empty");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/abs.log", "../out.log", "a/../../b.log"})
  void aContainersLogStaysBelowItsPods(String path) {
    ContainerConfig.Builder config = ContainerConfig.newBuilder().setLogPath(path);
    config.getMetadataBuilder().setName("c");
    config.getImageBuilder().setImage("i");

    assertThatThrownBy(() -> Requests.container(config.build()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(path);
  }

  @Test
  void selectorsAreAllToBeMet() {
    Map<String, String> labels = Map.of("a", "1", "b", "2");

    assertThat(PodMapper.hasAll(labels, Map.of())).isTrue();
    assertThat(PodMapper.hasAll(labels, Map.of("a", "1", "b", "2"))).isTrue();
    assertThat(PodMapper.hasAll(labels, Map.of("a", "2"))).isFalse();
    assertThat(PodMapper.hasAll(labels, Map.of("c", ""))).isFalse();
    assertThat(PodSandboxFilter.getDefaultInstance().hasState()).isFalse();
  }

  @Test
  void credentialsInTheOrderOfTheirStrength() {
    AuthConfig all =
        AuthConfig.newBuilder()
            .setUsername("u")
            .setPassword("p")
            .setIdentityToken("i")
            .setRegistryToken("r")
            .build();

    assertThat(CriCredentials.from(all, IMAGE)).isEqualTo(new Credentials.RegistryToken("r"));
    assertThat(CriCredentials.from(all.toBuilder().clearRegistryToken().build(), IMAGE))
        .isEqualTo(new Credentials.IdentityToken("i"));
    assertThat(
            CriCredentials.from(
                all.toBuilder().clearRegistryToken().clearIdentityToken().build(), IMAGE))
        .isEqualTo(new Credentials.Basic("u", "p"));
    assertThat(CriCredentials.from(AuthConfig.getDefaultInstance(), IMAGE))
        .isEqualTo(new Credentials.None());
  }

  @Test
  void dockersAuthFieldIsUserColonPassword() {
    String encoded =
        Base64.getEncoder().encodeToString("u:p:q\0\0".getBytes(StandardCharsets.UTF_8));

    assertThat(CriCredentials.from(AuthConfig.newBuilder().setAuth(encoded).build(), IMAGE))
        .isEqualTo(new Credentials.Basic("u", "p:q"));
    assertThatThrownBy(
            () -> CriCredentials.from(AuthConfig.newBuilder().setAuth("!!").build(), IMAGE))
        .hasMessageContaining("not base64")
        .hasMessageNotContaining("!!");
  }
}
