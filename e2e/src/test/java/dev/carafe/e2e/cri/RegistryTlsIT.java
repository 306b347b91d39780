package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.RemoveImageRequest;
import dev.carafe.e2e.registry.MemoryImage;
import dev.carafe.e2e.registry.UnrulyRegistry;
import dev.carafe.e2e.stream.SelfSigned;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Registries over TLS, by what their hosts.toml says of it. */
class RegistryTlsIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final String HOST = "tls.test";
  private static final String NAME = HOST + "/app:1";

  private static SelfSigned server;
  private static SelfSigned client;
  private static MemoryImage image;

  @BeforeAll
  static void make() throws Exception {
    server = SelfSigned.create();
    client = SelfSigned.create();
    image = MemoryImage.of(1000);
  }

  @AfterAll
  static void forget() throws Exception {
    server.close();
    client.close();
  }

  @AfterEach
  void remove() {
    NODE.node()
        .client()
        .images()
        .removeImage(
            RemoveImageRequest.newBuilder()
                .setImage(ImageSpec.newBuilder().setImage(NAME))
                .build());
  }

  private static void hosts(UnrulyRegistry registry, String settings) throws Exception {
    Path directory = Files.createDirectories(NODE.node().settings().certs().resolve(HOST));
    Files.writeString(
        directory.resolve("hosts.toml"),
        "server = \"\"\n[host.\"%s\"]\n%s\n".formatted(registry.url(), settings));
  }

  @Test
  void anUnknownAuthorityIsRefusedAndOneThatIsNamedIsTrusted() throws Exception {
    try (UnrulyRegistry registry = UnrulyRegistry.startTls(image, server.serving(null), false)) {
      hosts(registry, "");
      Status status = refusal(() -> NODE.node().pull(NAME));
      assertThat(status.getCode()).isEqualTo(Code.UNKNOWN);
      assertThat(status.getDescription()).contains(NAME, registry.host(), "not trusted");

      hosts(registry, "ca = \"%s\"".formatted(client.cert()));
      assertThat(refusal(() -> NODE.node().pull(NAME)).getDescription()).contains("not trusted");
      assertThat(registry.requests()).isEmpty();

      hosts(registry, "ca = \"%s\"".formatted(server.cert()));
      assertThat(NODE.node().pull(NAME)).isEqualTo(image.config());
    }
  }

  @Test
  void skipVerifyTrustsAnybody() throws Exception {
    try (UnrulyRegistry registry = UnrulyRegistry.startTls(image, server.serving(null), false)) {
      hosts(registry, "skip_verify = true");
      assertThat(NODE.node().pull(NAME)).isEqualTo(image.config());
    }
  }

  @Test
  void aClientCertificateIsShownWhereItIsConfigured() throws Exception {
    try (UnrulyRegistry registry = UnrulyRegistry.startTls(image, server.serving(client), true)) {
      String ca = "ca = \"%s\"\n".formatted(server.cert());
      hosts(registry, ca);
      assertThat(refusal(() -> NODE.node().pull(NAME)).getDescription())
          .startsWith("RegistryUnavailable: ")
          .contains(NAME);
      assertThat(registry.requests()).isEmpty();

      hosts(registry, ca + "client = [[\"%s\", \"%s\"]]".formatted(client.cert(), client.key()));
      assertThat(NODE.node().pull(NAME)).isEqualTo(image.config());
    }
  }

  @Test
  void aClientCertificateIsNotShownToAServerThatARedirectLeadsTo() throws Exception {
    try (UnrulyRegistry registry = UnrulyRegistry.startTls(image, server.serving(client), true);
        UnrulyRegistry strict = UnrulyRegistry.startTls(image, server.serving(client), true);
        UnrulyRegistry open = UnrulyRegistry.startTls(image, server.serving(null), false)) {
      hosts(
          registry,
          "ca = \"%s\"\nclient = [[\"%s\", \"%s\"]]"
              .formatted(server.cert(), client.cert(), client.key()));
      redirect(registry, strict);
      assertThat(refusal(() -> NODE.node().pull(NAME)).getDescription()).contains(NAME);
      assertThat(strict.requests()).isEmpty();

      // The authority counts there too: storage has the same private one as a rule.
      redirect(registry, open);
      assertThat(NODE.node().pull(NAME)).isEqualTo(image.config());
      assertThat(open.requests()).isNotEmpty();
    }
  }

  private static void redirect(UnrulyRegistry from, UnrulyRegistry to) {
    from.always((exchange, blob) -> {
      if (blob == null) {
        return false;
      }
      exchange.getResponseHeaders().set("Location", to.url() + exchange.getRequestURI().getPath());
      return UnrulyRegistry.status(exchange, 307);
    });
  }

  @Test
  void aFileThatIsMissingIsNamed() throws Exception {
    try (UnrulyRegistry registry = UnrulyRegistry.startTls(image, server.serving(null), false)) {
      hosts(registry, "ca = \"/nonexistent/ca.pem\"");
      assertThat(refusal(() -> NODE.node().pull(NAME)).getDescription())
          .contains(NAME, "/nonexistent/ca.pem");
    }
  }
}
