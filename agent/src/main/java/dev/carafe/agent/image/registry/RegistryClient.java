package dev.carafe.agent.image.registry;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.ImageReference;
import java.time.Duration;
import java.util.function.Supplier;

/** The way to all registries; holds the one HTTP client. Thread-safe. */
public final class RegistryClient implements AutoCloseable {
  private final Supplier<HostsDirectory> hosts;
  private final Duration progressTimeout;
  private final HttpTransport transport = new HttpTransport();

  /** A client that fails when no byte comes for {@code progressTimeout}. */
  public RegistryClient(Supplier<HostsDirectory> hosts, Duration progressTimeout) {
    this.hosts = requireNonNull(hosts, "hosts is null");
    this.progressTimeout = requireNonNull(progressTimeout, "progressTimeout is null");
  }

  /** A repository for one pull; hosts.toml is read now. The caller closes it. */
  public RepositoryClient repository(ImageReference reference, Credentials credentials) {
    return new RepositoryClient(
        reference, hosts.get().hosts(reference.host()), credentials, transport, progressTimeout);
  }

  @Override
  public void close() {
    transport.close();
  }
}
