package dev.carafe.agent.image.registry;

import dev.carafe.agent.image.spec.ImageException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** TLS settings of a hosts.toml as the JDK wants them. */
final class TlsContexts {
  private static final Pattern PEM_KEY =
      Pattern.compile("-----BEGIN (RSA |EC )?PRIVATE KEY-----([^-]*)-----END");
  private static final char[] NO_PASSWORD = {};

  private TlsContexts() {}

  /**
   * Reads the files and builds a context.
   *
   * @throws ImageException.InvalidHostsFile naming the file that can't be used
   */
  static SSLContext create(RegistryHost.Tls tls) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keyManagers(tls), trustManagers(tls), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new ImageException.InvalidHostsFile("TLS can't be set up: " + e.getMessage(), e);
    }
  }

  private static TrustManager @Nullable [] trustManagers(RegistryHost.Tls tls)
      throws GeneralSecurityException, IOException {
    if (tls.skipVerify()) {
      return new TrustManager[] {new TrustAll()};
    }
    if (tls.authorities().isEmpty()) {
      return null;
    }
    KeyStore store = emptyStore();
    int count = 0;
    for (X509Certificate authority : systemAuthorities()) {
      store.setCertificateEntry("system-" + count++, authority);
    }
    for (Path file : tls.authorities()) {
      for (Certificate certificate : certificates(file)) {
        store.setCertificateEntry("ca-" + count++, certificate);
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static X509Certificate[] systemAuthorities() throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager x509) {
        return x509.getAcceptedIssuers();
      }
    }
    return new X509Certificate[0];
  }

  private static KeyManager @Nullable [] keyManagers(RegistryHost.Tls tls)
      throws GeneralSecurityException, IOException {
    if (tls.clients().isEmpty()) {
      return null;
    }
    KeyStore store = emptyStore();
    int count = 0;
    for (RegistryHost.ClientKey client : tls.clients()) {
      Path key = client.key();
      store.setKeyEntry(
          "client-" + count++,
          privateKey(key == null ? client.certificate() : key),
          NO_PASSWORD,
          certificates(client.certificate()).toArray(Certificate[]::new));
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws GeneralSecurityException, IOException {
    String pem = read(file);
    Matcher certificate =
        Pattern.compile("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----").matcher(pem);
    StringBuilder found = new StringBuilder();
    while (certificate.find()) {
      found.append(certificate.group()).append('\n');
    }
    if (found.isEmpty()) {
      throw new ImageException.InvalidHostsFile(file + " holds no PEM certificate", null);
    }
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(
            new ByteArrayInputStream(found.toString().getBytes(StandardCharsets.US_ASCII)));
  }

  private static PrivateKey privateKey(Path file) throws GeneralSecurityException, IOException {
    Matcher pem = PEM_KEY.matcher(read(file));
    if (!pem.find() || "EC ".equals(pem.group(1))) {
      throw new ImageException.InvalidHostsFile(
          file
              + " holds no private key that can be read; convert it by `openssl pkcs8 -topk8 -nocrypt`",
          null);
    }
    byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
    PKCS8EncodedKeySpec spec =
        new PKCS8EncodedKeySpec(pem.group(1) == null ? der : rsaAsPkcs8(der));
    for (String algorithm : new String[] {"RSA", "EC"}) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException e) {
        // The other kind, then.
      }
    }
    throw new ImageException.InvalidHostsFile(
        file + " holds a private key that is neither RSA nor EC", null);
  }

  /** RFC 5208's envelope around RFC 8017's key: version 0, rsaEncryption, octet string. */
  private static byte[] rsaAsPkcs8(byte[] key) {
    byte[] algorithm = {
      0x02,
      0x01,
      0x00,
      0x30,
      0x0d,
      0x06,
      0x09,
      0x2a,
      (byte) 0x86,
      0x48,
      (byte) 0x86,
      (byte) 0xf7,
      0x0d,
      0x01,
      0x01,
      0x01,
      0x05,
      0x00
    };
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.writeBytes(algorithm);
    content.writeBytes(der(0x04, key));
    return der(0x30, content.toByteArray());
  }

  private static byte[] der(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    out.write(0x83);
    out.write(content.length >> 16);
    out.write(content.length >> 8);
    out.write(content.length);
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new ImageException.InvalidHostsFile(file + " can't be read: " + e.getMessage(), e);
    }
  }

  /** For {@code skip_verify}: neither certificate nor host name counts. */
  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
