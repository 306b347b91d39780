package dev.carafe.e2e.harness;

import dev.carafe.e2e.client.CgroupTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What of pods is there, by the kernel's own files: processes, network namespaces, mounts, cgroups,
 * veths, leases, directories. Without pods it is nothing.
 */
public final class Leftovers {
  private static final Path NETNS = Path.of("/run/netns");
  private static final Path PROC = Path.of("/proc");

  private final NodeSettings settings;
  private final Set<String> foreign;

  private Leftovers(NodeSettings settings, Set<String> foreign) {
    this.settings = settings;
    this.foreign = Set.copyOf(foreign);
  }

  /** A look-out that takes what is pinned now for others'. */
  static Leftovers before(NodeSettings settings) throws IOException {
    return new Leftovers(settings, netns());
  }

  /** Everything of this agent's pods, each with its kind; the agent itself excepted. */
  public List<String> find(long agentPid) throws IOException {
    List<String> found = new ArrayList<>();
    for (long pid : processes()) {
      if (pid != agentPid) {
        found.add("process " + pid + " " + text(PROC.resolve(pid + "/cmdline")));
      }
    }
    Set<String> shims = shimIds();
    for (String name : netns()) {
      if (!foreign.contains(name) && !shims.contains(name.substring("carafe-".length()))) {
        found.add("netns " + name);
      }
    }
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      if (line.contains(" " + settings.state()) || line.contains(" " + settings.root())) {
        found.add("mount " + line);
      }
    }
    for (Path cgroup : CgroupTree.directories(settings.cgroupParent())) {
      names(cgroup, true).forEach(name -> found.add("cgroup " + cgroup.resolve(name)));
    }
    Path ports = Path.of("/sys/class/net", settings.bridge(), "brif");
    names(ports, false).forEach(name -> found.add("veth " + name));
    Path leases = settings.leases().resolve("e2e-" + settings.tag());
    names(leases, false).stream()
        .filter(name -> name.startsWith(settings.subnet()))
        .forEach(name -> found.add("lease " + name));
    for (String place : List.of("pods", "containers", "rdt", "cni/results")) {
      Path directory = settings.root().resolve(place);
      names(directory, false).forEach(name -> found.add("file " + directory.resolve(name)));
    }
    Path states = settings.state().resolve("pods");
    names(states, false).forEach(name -> found.add("state " + states.resolve(name)));
    return found;
  }

  /** Processes that belong to this agent: in its cgroups, or with its directory in the argv. */
  Set<Long> processes() throws IOException {
    Set<Long> pids = new TreeSet<>();
    for (Path cgroup : CgroupTree.directories(settings.cgroupParent())) {
      try (Stream<Path> below = Files.find(cgroup, 8, (p, about) -> p.endsWith("cgroup.procs"))) {
        for (Path file : below.toList()) {
          text(file).lines().map(String::strip).map(Long::valueOf).forEach(pids::add);
        }
      }
    }
    for (String name : names(PROC, true)) {
      if (Character.isDigit(name.charAt(0))
          && text(PROC.resolve(name + "/cmdline")).contains(settings.dir() + "/")
          && Long.parseLong(name) != ProcessHandle.current().pid()) {
        pids.add(Long.valueOf(name));
      }
    }
    return pids;
  }

  /** Names of network namespaces that look like pods'. */
  private static Set<String> netns() throws IOException {
    Set<String> names = new TreeSet<>();
    names(NETNS, false).stream().filter(name -> name.startsWith("carafe-")).forEach(names::add);
    return names;
  }

  /** Arguments of other agents' shims: the ids of their pods are among them. */
  private Set<String> shimIds() throws IOException {
    Set<String> ids = new TreeSet<>();
    for (String name : names(PROC, true)) {
      if (Character.isDigit(name.charAt(0))) {
        String line = text(PROC.resolve(name + "/cmdline"));
        if (line.contains(" --pod ") && !line.contains(settings.dir() + "/")) {
          ids.addAll(List.of(line.split(" ", -1)));
        }
      }
    }
    return ids;
  }

  private static List<String> names(Path directory, boolean directoriesOnly) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .filter(entry -> !directoriesOnly || Files.isDirectory(entry))
          .map(entry -> String.valueOf(entry.getFileName()))
          .sorted()
          .toList();
    } catch (NoSuchFileException none) {
      return List.of();
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file).replace('\0', ' ');
    } catch (IOException gone) {
      return "";
    }
  }
}
