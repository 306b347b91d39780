package dev.carafe.runtime.rdt;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.runtime.rdt.RdtException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which control groups were made for the configuration, kept in one file beyond the life of this
 * process. A reboot voids it, so it belongs on a tmpfs.
 */
public final class ConfiguredGroups {
  private final ObjectMapper json = new ObjectMapper();
  private final Path file;
  private final DirectoryOwnershipStore.DurableWriter writer;

  /**
   * A record.
   *
   * @param file may be absent; its directory exists
   * @param writer {@code DurableFile::replace}
   */
  public ConfiguredGroups(Path file, DirectoryOwnershipStore.DurableWriter writer) {
    this.file = Objects.requireNonNull(file, "file");
    this.writer = Objects.requireNonNull(writer, "writer");
  }

  /**
   * What is recorded.
   *
   * @param groups names of the groups that are ours, or were about to be
   * @param rootBefore schemata of the root group before the configuration changed them; null while
   *     it hasn't
   */
  record State(Set<String> groups, @Nullable List<String> rootBefore) {
    static final State NONE = new State(Set.of(), null);

    State {
      groups = new TreeSet<>(groups);
      rootBefore = rootBefore == null ? null : List.copyOf(rootBefore);
    }
  }

  State read() {
    try {
      return json.readValue(Files.readAllBytes(file), State.class);
    } catch (NoSuchFileException e) {
      return State.NONE;
    } catch (IOException e) {
      throw failed("read", e);
    }
  }

  void write(State state) {
    try {
      writer.write(file, json.writeValueAsBytes(state));
    } catch (IOException e) {
      throw failed("write", e);
    }
  }

  private RdtException failed(String what, IOException cause) {
    return new RdtException(
        Kind.KERNEL, "cannot " + what + " the record of RDT groups " + file + ": " + cause, cause);
  }
}
