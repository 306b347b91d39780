package dev.carafe.runtime.spec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecReaderTest {
  private final ObjectMapper tree = new ObjectMapper();

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = SpecReaderTest.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }

  /**
   * full.json has every field of the Linux specification: what is read and written again is the
   * same JSON.
   */
  @Test
  void everyFieldSurvivesReadingAndWriting() throws Exception {
    byte[] json = resource("/spec/full.json");

    Spec spec = SpecReader.parse(json);

    assertThat(tree.readTree(SpecWriter.write(spec))).isEqualTo(tree.readTree(json));
    assertThat(SpecReader.parse(SpecWriter.write(spec))).isEqualTo(spec);
  }

  @Test
  void absentFieldsAreEmptyOrNullAndNotWritten() throws Exception {
    Spec spec =
        SpecReader.parse(
            "{\"ociVersion\":\"1.0.2\",\"linux\":{},\"hostname\":\"\"}".getBytes(UTF_8));

    assertThat(spec.mounts()).isEmpty();
    assertThat(spec.annotations()).isEmpty();
    assertThat(spec.process()).isNull();
    assertThat(spec.hostname()).isNull();
    Linux linux = Objects.requireNonNull(spec.linux());
    assertThat(linux.namespaces()).isEmpty();
    assertThat(linux.namespace(Namespace.Type.PID)).isNull();
    assertThat(tree.readTree(SpecWriter.write(spec)))
        .isEqualTo(tree.readTree("{\"ociVersion\":\"1.0.2\",\"linux\":{}}"));
  }

  @Test
  void anAbsentUserIsRootAndFalseIsNotWritten() throws Exception {
    Process process = SpecReader.parse("{\"cwd\":\"/\"}".getBytes(UTF_8), Process.class);

    assertThat(process.user()).isEqualTo(User.ROOT);
    assertThat(tree.readTree(SpecWriter.write(process)))
        .isEqualTo(tree.readTree("{\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0}}"));
  }

  @Test
  void unknownFieldsAreIgnored() throws Exception {
    Spec spec =
        SpecReader.parse(
            "{\"ociVersion\":\"1.9\",\"vm\":{\"a\":[]},\"root\":{\"path\":\"r\",\"x\":1}}"
                .getBytes(UTF_8));

    assertThat(Objects.requireNonNull(spec.root()).path()).isEqualTo("r");
  }

  @Test
  void mapsKeepTheirOrder() throws Exception {
    Spec spec = SpecReader.parse(resource("/spec/full.json"));

    assertThat(spec.annotations().keySet()).containsExactly("z", "a");
    assertThat(Objects.requireNonNull(spec.linux()).sysctl().keySet())
        .containsExactly("net.ipv4.ip_forward", "kernel.shmmax");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"mounts\":[{},{\"options\":{}}]}|mounts[1].options",
        "{\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pidns\"}]}}|linux.namespaces[1].type",
        "{\"process\":{\"user\":{\"uid\":\"root\"}}}|process.user.uid",
        "{\"process\":{\"user\":{\"uid\":1.5}}}|process.user.uid",
        "{\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"hard\":18446744073709551616}]}}|process.rlimits[0].hard",
        "{\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"hard\":-1}]}}|process.rlimits[0].hard",
        "{\"linux\":{\"resources\":{\"memory\":{\"limit\":\"1G\"}}}}|linux.resources.memory.limit",
        "{\"linux\":{\"namespaces\":[{}]}}|linux.namespaces[0]",
      })
  void theErrorNamesTheField(String json, String field) {
    assertThatThrownBy(() -> SpecReader.parse(json.getBytes(UTF_8)))
        .isInstanceOfSatisfying(
            SpecException.class,
            e -> {
              assertThat(e.field()).isEqualTo(field);
              assertThat(e).hasMessageStartingWith(field + ": ");
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"{|not JSON", "null|expected a JSON object", "[]|", "''|"})
  void whatIsNoObjectIsRefused(String json, String message) {
    assertThatThrownBy(() -> SpecReader.parse(json.getBytes(UTF_8)))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(message == null ? "" : message);
  }
}
