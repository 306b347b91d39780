package dev.carafe.e2e.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import dev.carafe.e2e.Command;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import javax.net.SocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A certificate for 127.0.0.1, which is localhost, and its key, in PEM files of a directory of
 * their own.
 *
 * @param sockets trust it and nothing else
 * @param store certificate and key for Java
 */
public record SelfSigned(Path cert, Path key, SocketFactory sockets, KeyStore store)
    implements AutoCloseable {
  private static final String NAME = "stream";
  private static final String PASSWORD = "changeit";

  /** Makes one, by the JDK's keytool. */
  public static SelfSigned create() {
    try {
      return create(Files.createTempDirectory("tls"));
    } catch (IOException | GeneralSecurityException | InterruptedException failure) {
      throw new IllegalStateException("cannot make a certificate", failure);
    }
  }

  private static SelfSigned create(Path dir)
      throws IOException, GeneralSecurityException, InterruptedException {
    Path file = dir.resolve("store.p12");
    Command made =
        Command.run(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            NAME,
            "-keyalg",
            "EC",
            "-dname",
            "CN=stream",
            "-ext",
            "SAN=ip:127.0.0.1,dns:localhost",
            "-storetype",
            "PKCS12",
            "-storepass",
            PASSWORD,
            "-keystore",
            file.toString());
    if (made.exit() != 0) {
      throw new IOException("keytool: " + made.stdout() + made.stderr());
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD.toCharArray());
    }
    Files.delete(file);
    Certificate certificate = requireNonNull(store.getCertificate(NAME));
    byte[] key = requireNonNull(store.getKey(NAME, PASSWORD.toCharArray())).getEncoded();
    return new SelfSigned(
        pem(dir.resolve("cert.pem"), "CERTIFICATE", certificate.getEncoded()),
        pem(dir.resolve("key.pem"), "PRIVATE KEY", requireNonNull(key)),
        context(null, certificate).getSocketFactory(),
        store);
  }

  /** A server's context with this certificate; clients may have to show {@code clients}. */
  public SSLContext serving(@Nullable SelfSigned clients)
      throws GeneralSecurityException, IOException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD.toCharArray());
    Certificate trusted = (clients == null ? this : clients).store().getCertificate(NAME);
    return context(keys, requireNonNull(trusted));
  }

  private static Path pem(Path file, String kind, byte[] content) throws IOException {
    String body = Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(content);
    return Files.writeString(
        file, "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(kind, body, kind));
  }

  private static SSLContext context(@Nullable KeyManagerFactory keys, Certificate certificate)
      throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry(NAME, certificate);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys == null ? null : keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(cert);
    Files.deleteIfExists(key);
    Files.deleteIfExists(requireNonNull(cert.getParent()));
  }
}
