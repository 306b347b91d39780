package dev.carafe.node.host;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the host is and how it is asked.
 *
 * @param root the host's {@code /}, as this process sees it
 * @param command what comes before a host's program and its arguments, {@code chroot /host}; empty
 *     on the host itself
 * @param tree the installation to bring, as {@code make dist} leaves it
 * @param dropIn of carafe.toml, from the cluster; null for none
 * @param mode what Carafe is to the node
 * @param retry any text; a build that failed is tried again when it changes
 * @param patience for carafed to answer, and for the node to be ready
 */
public record HostSettings(
    Path root,
    List<String> command,
    Path tree,
    @Nullable Path dropIn,
    Mode mode,
    String retry,
    Duration patience) {
  /** Checks the components. */
  public HostSettings {
    requireNonNull(root, "root is null");
    command = List.copyOf(command);
    requireNonNull(tree, "tree is null");
    requireNonNull(mode, "mode is null");
    requireNonNull(retry, "retry is null");
    requireNonNull(patience, "patience is null");
    if (patience.isNegative() || patience.isZero()) {
      throw new IllegalArgumentException("patience = " + patience + ": expected more than nothing");
    }
  }

  /** A file of the host by its absolute path there. */
  public Path path(String absolute) {
    return root.resolve(absolute.substring(1));
  }
}
