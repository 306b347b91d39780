package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.KeyValue;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class InvocationTest {
  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : Arrays.asList(text.split(" "));
  }

  private static ImageContext image(
      List<String> entrypoint, List<String> cmd, String workingDir, String... env) {
    return new ImageContext("i", "", List.of(env), entrypoint, cmd, workingDir, "", List.of());
  }

  @ParameterizedTest(name = "entrypoint {0}, cmd {1}, command {2}, args {3}")
  @CsvSource({
    "'/e x', 'c',  '',   '',   '/e x c'",
    "'/e x', 'c',  '',   'a b','/e x a b'",
    "'/e x', 'c',  'k',  '',   'k'",
    "'/e x', 'c',  'k',  'a',  'k a'",
    "'',     'c d','',   '',   'c d'",
    "'',     'c d','',   'a',  'a'",
    "'/e',   '',   '',   '',   '/e'",
  })
  void commandAndArgs(String entrypoint, String cmd, String command, String args, String all) {
    ContainerConfig config =
        ContainerConfig.newBuilder().addAllCommand(words(command)).addAllArgs(words(args)).build();
    assertThat(Invocation.args(config, image(words(entrypoint), words(cmd), "")))
        .isEqualTo(words(all));
  }

  @Test
  void somethingMustRun() {
    assertThatThrownBy(() ->
            Invocation.args(ContainerConfig.getDefaultInstance(), image(List.of(), List.of(), "")))
        .hasMessageContaining("command: no command specified");
    assertThatThrownBy(() ->
            Invocation.args(
                ContainerConfig.newBuilder().addCommand("a\0b").build(),
                image(List.of(), List.of(), "")))
        .hasMessageContaining("NUL");
  }

  private static KeyValue variable(String key, ByteString value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }

  @Test
  void aLaterVariableTakesTheEarlierOnesPlace() {
    ContainerConfig config =
        ContainerConfig.newBuilder()
            .setTty(true)
            .addEnvs(variable("B", ByteString.copyFromUtf8("config=1")))
            .addEnvs(variable("HOSTNAME", ByteString.copyFromUtf8("own")))
            .build();
    ImageContext image =
        image(List.of(), List.of(), "", "A=image", "B=image", "NOVALUE", "=x", "TERM=vt100");
    assertThat(Invocation.env(config, image, "web-0", "/root"))
        .containsExactly(
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "TERM=vt100",
            "HOSTNAME=own",
            "HOME=/root",
            "A=image",
            "B=config=1");
  }

  @Test
  void badVariablesAreRefusedWithoutTheirValue() {
    ImageContext image = image(List.of(), List.of(), "");
    ByteString value = ByteString.copyFromUtf8("secret\0secret");
    assertThatThrownBy(() -> env(variable("A=B", ByteString.EMPTY), image))
        .hasMessageContaining("envs: \"A=B\" is no name");
    assertThatThrownBy(() -> env(variable("", ByteString.EMPTY), image))
        .hasMessageContaining("envs: \"\" is no name");
    assertThatThrownBy(() -> env(variable("KEY", value), image))
        .hasMessageContaining("envs: the value of KEY holds a NUL byte")
        .hasMessageNotContaining("secret");
    assertThatThrownBy(
            () -> env(variable("KEY", ByteString.copyFrom(new byte[] {(byte) 0xff})), image))
        .hasMessageContaining("envs: the value of KEY is not UTF-8");
  }

  private static List<String> env(KeyValue variable, ImageContext image) {
    return Invocation.env(ContainerConfig.newBuilder().addEnvs(variable).build(), image, "h", "/");
  }

  @ParameterizedTest(name = "image {0}, container {1}")
  @CsvSource({"'','',/", "/srv,'',/srv", "srv,'',/srv", "/srv,/tmp,/tmp"})
  void workingDirectory(String image, String container, String expected) {
    assertThat(
            Invocation.cwd(
                ContainerConfig.newBuilder().setWorkingDir(container).build(),
                image(List.of(), List.of(), image)))
        .isEqualTo(expected);
  }

  @Test
  void aRelativeWorkingDirectoryIsRefused() {
    assertThatThrownBy(() ->
            Invocation.cwd(
                ContainerConfig.newBuilder().setWorkingDir("tmp").build(),
                image(List.of(), List.of(), "")))
        .hasMessageContaining("working_dir: \"tmp\" is not absolute");
  }
}
