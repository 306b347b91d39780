package dev.carafe.e2e.demo;

import dev.carafe.e2e.resctrl.ResctrlSimulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The SIMULATED resctrl tree with one class of service, {@code gold}. */
final class Cache {
  /** What a pod's annotation calls the class. */
  static final String CLASS = "gold";

  private final Path group;

  private Cache(Path group) {
    this.group = group;
  }

  /**
   * Mounts the simulator and makes the class as a node's administrator would.
   *
   * @throws ResctrlSimulator.MissingException naming what this machine lacks
   */
  static Cache start(Path program, Path mountpoint, Cleanup cleanup)
      throws IOException, InterruptedException, ResctrlSimulator.MissingException {
    ResctrlSimulator simulator = ResctrlSimulator.start(program, mountpoint, "--profile", "xeon");
    cleanup.add("resctrl simulator", simulator::close);
    Path group = Files.createDirectory(mountpoint.resolve("carafe-" + CLASS));
    for (String line : Files.readAllLines(mountpoint.resolve("schemata"))) {
      if (line.strip().startsWith("L3")) {
        // Four ways of every cache.
        Files.writeString(
            group.resolve("schemata"), line.strip().replaceAll("=[0-9a-f]+", "=f") + "\n");
      }
    }
    return new Cache(group);
  }

  /** The file of the class's processes. */
  Path tasks() {
    return group.resolve("tasks");
  }

  /** The file of the class's share. */
  Path schemata() {
    return group.resolve("schemata");
  }

  /** The tasks of the class. */
  List<String> members() throws IOException {
    return Files.readAllLines(tasks());
  }
}
