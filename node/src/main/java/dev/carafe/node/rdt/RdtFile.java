package dev.carafe.node.rdt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.carafe.node.host.HostSettings;
import dev.carafe.runtime.state.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The host's file of RDT classes, and the drop-in of carafe.toml that names it. Both are the node
 * manager's; an administrator's own {@code rdt.config_file} holds as long as the cluster has none.
 */
public final class RdtFile {
  private static final String FILE = "/etc/carafe/rdt-cluster.yaml";
  private static final String DROP_IN = "/etc/carafe/carafe.toml.d/50-carafe-node.toml";
  private static final String DROP_IN_TEXT =
      """
      # Written by carafe-node: the cluster has RDT classes for this node.
      [rdt]
      config_file = "%s"
      """
          .formatted(FILE);

  private final Path file;
  private final Path dropIn;

  /** The files of a host. */
  public RdtFile(HostSettings host) {
    requireNonNull(host, "host is null");
    this.file = host.path(FILE);
    this.dropIn = host.path(DROP_IN);
  }

  /** What the host has now from the cluster; null for nothing. */
  public @Nullable String text() throws IOException {
    return Files.exists(file) && Files.exists(dropIn) ? Files.readString(file) : null;
  }

  /** Replaces it; null takes it away. */
  public void replace(@Nullable String text) throws IOException {
    if (text == null) {
      Files.deleteIfExists(dropIn);
      Files.deleteIfExists(file);
      return;
    }
    Files.createDirectories(dropIn.getParent());
    DurableFile.write(file, text.getBytes(UTF_8));
    DurableFile.write(dropIn, DROP_IN_TEXT.getBytes(UTF_8));
  }
}
