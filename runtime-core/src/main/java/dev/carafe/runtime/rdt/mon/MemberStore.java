package dev.carafe.runtime.rdt.mon;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.runtime.state.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One JSON file a member, {@code CONTAINER_ID.json}. A reboot voids groups and records alike, so
 * the folder belongs on a tmpfs, and nothing waits for a disk.
 */
final class MemberStore {
  private static final String SUFFIX = ".json";

  private final ObjectMapper json = new ObjectMapper();
  private final Path dir;

  MemberStore(Path dir) {
    this.dir = requireNonNull(dir, "dir is null");
  }

  List<Member> all() throws IOException {
    Files.createDirectories(dir);
    DurableFile.sweep(dir);
    List<Member> members = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir, "*" + SUFFIX)) {
      for (Path file : files) {
        members.add(json.readValue(Files.readAllBytes(file), Member.class));
      }
    }
    return members;
  }

  void put(Member member) {
    try {
      DurableFile.replace(file(member.tenant().containerId()), json.writeValueAsBytes(member));
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot record a monitoring group in " + dir, failure);
    }
  }

  void remove(String containerId) {
    try {
      Files.deleteIfExists(file(containerId));
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot remove a monitoring record from " + dir, failure);
    }
  }

  private Path file(String containerId) {
    return dir.resolve(containerId + SUFFIX);
  }
}
