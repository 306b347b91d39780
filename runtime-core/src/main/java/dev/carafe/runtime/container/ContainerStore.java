package dev.carafe.runtime.container;

import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.SpecException;
import dev.carafe.runtime.spec.SpecReader;
import dev.carafe.runtime.state.DurableFile;
import dev.carafe.runtime.state.Trees;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The directory that holds a directory a container, with its state.json and, until it is started,
 * its FIFO. Different processes may use one store; different containers don't meet.
 *
 * @param root absolute; made when the first container is
 * @param layout the machine's cgroups
 */
public record ContainerStore(Path root, CgroupLayout layout) {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_+.-]+");
  private static final int ID_MAX = 1024;
  private static final String STATE = "state.json";
  private static final String CONFIG = "config.json";
  private static final String FIFO = "exec.fifo";

  public ContainerStore {
    Objects.requireNonNull(root, "root");
    Objects.requireNonNull(layout, "layout");
  }

  /**
   * Checks an id: letters, digits, {@code _ + - .}, and neither {@code .} nor {@code ..}.
   *
   * @throws ContainerException when it is none
   */
  public static void checkId(String id) throws ContainerException {
    if (!ID.matcher(id).matches() || id.equals(".") || id.equals("..") || id.length() > ID_MAX) {
      throw new ContainerException(
          id.isEmpty() ? "container id cannot be empty" : "invalid container ID format");
    }
  }

  /** A container's directory, whether it exists or not. */
  public Path directory(String id) throws ContainerException {
    checkId(id);
    return root.resolve(id);
  }

  /** The FIFO on which a created container waits. */
  public Path fifo(String id) throws ContainerException {
    return directory(id).resolve(FIFO);
  }

  /**
   * Claims an id by making its directory (mode 0711), before anything else of the container exists.
   *
   * @throws ContainerException when the id is taken
   */
  public void claim(String id) throws ContainerException, IOException {
    Path directory = directory(id);
    Files.createDirectories(
        root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      throw new ContainerException("container with given ID already exists");
    }
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
  }

  /** Keeps the configuration that a container is made from: the bundle's may change. */
  public void keep(String id, byte[] config) throws ContainerException, IOException {
    DurableFile.replace(directory(id).resolve(CONFIG), config);
  }

  /** The configuration that was kept. */
  public Spec spec(String id) throws ContainerException, IOException {
    Path file = directory(id).resolve(CONFIG);
    try {
      return SpecReader.read(file);
    } catch (SpecException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /** Replaces a container's record. */
  public void write(ContainerRecord record) throws ContainerException, IOException {
    DurableFile.replace(directory(record.id()).resolve(STATE), RecordJson.write(record, layout));
  }

  /**
   * A container.
   *
   * @throws ContainerException when there is none with this id
   */
  public Container load(String id) throws ContainerException, IOException {
    Path directory = directory(id);
    try {
      ContainerRecord record = RecordJson.read(Files.readAllBytes(directory.resolve(STATE)));
      return new Container(this, record);
    } catch (NoSuchFileException e) {
      throw new ContainerException(ContainerException.ABSENT);
    }
  }

  /** All containers by id; one that goes away meanwhile is left out. */
  public List<Container> list() throws IOException {
    List<String> ids = new ArrayList<>();
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(root, Files::isDirectory)) {
      directories.forEach(path -> ids.add(String.valueOf(path.getFileName())));
    } catch (NoSuchFileException none) {
      return List.of();
    }
    ids.sort(null);
    List<Container> containers = new ArrayList<>();
    for (String id : ids) {
      addIfThere(containers, id);
    }
    return containers;
  }

  private void addIfThere(List<Container> containers, String id) throws IOException {
    try {
      containers.add(load(id));
    } catch (ContainerException gone) {
      // Deleted between the listing and now.
    }
  }

  /** Removes what there is of a container's directory; nothing when it is gone. */
  public void remove(String id) throws ContainerException, IOException {
    Trees.delete(directory(id));
  }
}
