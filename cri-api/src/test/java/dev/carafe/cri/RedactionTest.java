package dev.carafe.cri;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.UnknownFieldSet;
import dev.carafe.cri.v1.AuthConfig;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.cri.v1.ContainerStateValue;
import dev.carafe.cri.v1.CreateContainerRequest;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.KeyValue;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PullImageRequest;
import dev.carafe.cri.v1.VersionRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

class RedactionTest {
  private static final AuthConfig AUTH =
      AuthConfig.newBuilder()
          .setUsername("reader")
          .setPassword("s3cret-password")
          .setAuth("s3cret-auth")
          .setServerAddress("registry.test")
          .setIdentityToken("s3cret-identity")
          .setRegistryToken("s3cret-registry")
          .build();

  @Test
  void theFourSecretsOfAuthConfigAreHiddenAndTheRestShown() {
    assertThat(Redaction.toLogString(AUTH))
        .isEqualTo(
            "username: \"reader\" password: <redacted> auth: <redacted> server_address:"
                + " \"registry.test\" identity_token: <redacted> registry_token: <redacted>");
  }

  @Test
  void secretsAreHiddenInsideAnotherMessage() {
    PullImageRequest request =
        PullImageRequest.newBuilder()
            .setImage(ImageSpec.newBuilder().setImage("registry.test/app:1"))
            .setAuth(AuthConfig.newBuilder().setPassword("s3cret"))
            .setSandboxConfig(PodSandboxConfig.newBuilder().setHostname("web"))
            .build();

    assertThat(Redaction.toLogString(request))
        .isEqualTo(
            "image { image: \"registry.test/app:1\" } auth { password: <redacted> }"
                + " sandbox_config { hostname: \"web\" }");
  }

  @Test
  void aBuilderIsRenderedLikeItsMessage() {
    assertThat(Redaction.toLogString(AUTH.toBuilder())).isEqualTo(Redaction.toLogString(AUTH));
  }

  @Test
  void exactlyTheFourSecretsAreMarkedInTheProto() {
    List<String> marked =
        VersionRequest.getDescriptor().getFile().getMessageTypes().stream()
            .map(Descriptor::getFields)
            .flatMap(List::stream)
            .filter(field -> field.getOptions().getDebugRedact())
            .map(FieldDescriptor::getFullName)
            .toList();

    assertThat(marked)
        .containsExactlyInAnyOrder(
            "runtime.v1.AuthConfig.password",
            "runtime.v1.AuthConfig.auth",
            "runtime.v1.AuthConfig.identity_token",
            "runtime.v1.AuthConfig.registry_token");
  }

  @Test
  void environmentValuesAreShown() {
    CreateContainerRequest request =
        CreateContainerRequest.newBuilder()
            .setConfig(
                ContainerConfig.newBuilder()
                    .addCommand("sh")
                    .addCommand("-c")
                    .addEnvs(env("HOME", "/srv"))
                    .addEnvs(env("MODE", "fast")))
            .build();

    assertThat(Redaction.toLogString(request))
        .isEqualTo(
            "config { command: \"sh\" command: \"-c\" envs { key: \"HOME\" value: \"/srv\" }"
                + " envs { key: \"MODE\" value: \"fast\" } }");
  }

  @Test
  void mapsAndEnumsAreShown() {
    assertThat(Redaction.toLogString(ContainerConfig.newBuilder().putLabels("app", "web").build()))
        .isEqualTo("labels { key: \"app\" value: \"web\" }");
    assertThat(
            Redaction.toLogString(
                ContainerStateValue.newBuilder()
                    .setState(ContainerState.CONTAINER_RUNNING)
                    .build()))
        .isEqualTo("state: CONTAINER_RUNNING");
  }

  @Test
  void aValueCannotBreakTheLine() {
    VersionRequest request =
        VersionRequest.newBuilder().setVersion("v1\r\n\u2028\u001b[31mforged \"line\"").build();

    assertThat(Redaction.toLogString(request))
        .isEqualTo("version: \"v1\\r\\n\\342\\200\\250\\033[31mforged \\\"line\\\"\"");
  }

  @Test
  void unknownFieldsShowTheirNumberOnly() {
    UnknownFieldSet.Field secret =
        UnknownFieldSet.Field.newBuilder()
            .addLengthDelimited(ByteString.copyFromUtf8("s3cret"))
            .build();
    PullImageRequest request =
        PullImageRequest.newBuilder()
            .setAuth(
                AuthConfig.newBuilder()
                    .setUsername("reader")
                    .setUnknownFields(UnknownFieldSet.newBuilder().addField(99, secret).build()))
            .build();

    assertThat(Redaction.toLogString(request))
        .isEqualTo("auth { username: \"reader\" 99: <redacted> }");
  }

  @Test
  void aMessageWithNothingSetIsEmpty() {
    assertThat(Redaction.toLogString(AuthConfig.getDefaultInstance())).isEmpty();
  }

  private static KeyValue env(String key, String value) {
    return KeyValue.newBuilder().setKey(key).setValue(ByteString.copyFromUtf8(value)).build();
  }
}
