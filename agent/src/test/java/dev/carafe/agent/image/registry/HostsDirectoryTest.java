package dev.carafe.agent.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.image.spec.ImageException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostsDirectoryTest {
  @TempDir private Path directory;

  private Path write(String host, String toml) throws IOException {
    Path file = Files.createDirectories(directory.resolve(host)).resolve("hosts.toml");
    return Files.writeString(file, toml);
  }

  private List<RegistryHost> hosts(String registry) {
    return new HostsDirectory(directory).hosts(registry);
  }

  @ParameterizedTest
  @CsvSource({
    "docker.io, https://registry-1.docker.io/v2",
    "example.org, https://example.org/v2",
    "example.org:5000, https://example.org:5000/v2",
    "localhost:5000, http://localhost:5000/v2",
    "127.0.0.1, http://127.0.0.1/v2",
    "127.8.9.1:80, http://127.8.9.1:80/v2",
    "[::1]:5000, http://[::1]:5000/v2",
    "127.0.0.1.example.org, https://127.0.0.1.example.org/v2",
  })
  void withoutAFileTheRegistryItselfIsAsked(String registry, URI base) {
    assertThat(hosts(registry))
        .singleElement()
        .satisfies(host -> assertThat(host.base()).isEqualTo(base));
  }

  @Test
  void allKeysAreReadAndOrderIsKept() throws IOException {
    Path file =
        write(
            "example.org",
            """
            server = "https://real.example.org"
            [host."http://zzz.local:5000"]
              capabilities = ["resolve"]
            [host."https://aaa.local/some/path/"]
              capabilities = ["pull", "push"]
              ca = ["ca1.pem", "/abs/ca2.pem"]
              client = [["c.pem", "k.pem"], ["both.pem", ""]]
              skip_verify = true
              override_path = true
              [host."https://aaa.local/some/path/".header]
                x-one = "1"
                x-two = ["2", "3"]
            """);

    List<RegistryHost> hosts = hosts("example.org");

    assertThat(hosts.stream().map(RegistryHost::base))
        .containsExactly(
            URI.create("http://zzz.local:5000/v2"),
            URI.create("https://aaa.local/some/path"),
            URI.create("https://real.example.org/v2"));
    RegistryHost first = hosts.getFirst();
    assertThat(first.canResolve()).isTrue();
    assertThat(first.canPull()).isFalse();
    assertThat(first.url("a/manifests/b"))
        .hasToString("http://zzz.local:5000/v2/a/manifests/b?ns=example.org");
    RegistryHost second = hosts.get(1);
    assertThat(second.tls().skipVerify()).isTrue();
    assertThat(second.tls().authorities())
        .containsExactly(file.resolveSibling("ca1.pem"), Path.of("/abs/ca2.pem"));
    assertThat(second.tls().clients())
        .containsExactly(
            new RegistryHost.ClientKey(file.resolveSibling("c.pem"), file.resolveSibling("k.pem")),
            new RegistryHost.ClientKey(file.resolveSibling("both.pem"), null));
    assertThat(second.headers())
        .containsEntry("x-one", List.of("1"))
        .containsEntry("x-two", List.of("2", "3"));
    assertThat(hosts.getLast().namespace()).isNull();
  }

  @Test
  void defaultFileServesAllOthersAndIsReadEachTime() throws IOException {
    write("_default", "[host.\"http://mirror\"]\n");
    assertThat(hosts("any.org").stream().map(h -> h.base().toString()))
        .containsExactly("http://mirror/v2", "https://any.org/v2");
    write("any.org", "server = \"https://elsewhere\"\n");
    assertThat(hosts("any.org").stream().map(h -> h.base().toString()))
        .containsExactly("https://elsewhere/v2");
  }

  @Test
  void portIsSpelledEitherWay() throws IOException {
    write("a.org_5000_", "server = \"http://one\"\n");
    write("b.org:5000", "server = \"http://two\"\n");
    assertThat(hosts("a.org:5000").getFirst().base()).hasToString("http://one/v2");
    assertThat(hosts("b.org:5000").getFirst().base()).hasToString("http://two/v2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "servr = 'https://x' | servr",
        "[host.'http://x'] ~ skip = true | skip",
        "[host.'http://x'] ~ capabilities = ['fly'] | fly",
        "[host.'ftp://x'] | ftp://x",
        "[host.'http://x'] ~ skip_verify = 'yes' | skip_verify",
        "[host.'http://user:pw@x'] | URL",
        "server = 7 | server",
        "host = 1 | host",
        "= | TOML",
      })
  void mistakesNameFileAndKey(String toml, String key) throws IOException {
    Path file = write("bad.org", toml.replace("~", "\n"));
    assertThatThrownBy(() -> hosts("bad.org"))
        .isInstanceOf(ImageException.InvalidHostsFile.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(key);
  }
}
