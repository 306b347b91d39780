package dev.carafe.e2e.harness;

import dev.carafe.e2e.client.CgroupTree;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What of pods is there, by the kernel's own files: processes, network namespaces, mounts, cgroups,
 * veths, leases, directories. Without pods it is nothing.
 */
public final class Leftovers implements AutoCloseable {
  private static final Path NETNS = Path.of("/run/netns");
  private static final Path PROC = Path.of("/proc");

  private static final long NOTICE_MILLIS = 50;

  private final NodeSettings settings;
  private final WatchService intents;
  private final Set<String> ids = new HashSet<>();
  private boolean missed;

  /** Pods are noticed as they come: what waits to be noticed is cut after some hundreds. */
  private final ScheduledExecutorService noticing =
      Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().factory());

  private Leftovers(NodeSettings settings, WatchService intents) {
    this.settings = settings;
    this.intents = intents;
  }

  /** A look-out that learns every pod's id from its intent, which is on disk before all else. */
  static Leftovers before(NodeSettings settings) throws IOException {
    WatchService intents = FileSystems.getDefault().newWatchService();
    Files.createDirectories(settings.root().resolve("pods"))
        .register(intents, StandardWatchEventKinds.ENTRY_CREATE);
    Leftovers leftovers = new Leftovers(settings, intents);
    ScheduledFuture<?> _ =
        leftovers.noticing.scheduleWithFixedDelay(
            leftovers::notice, NOTICE_MILLIS, NOTICE_MILLIS, TimeUnit.MILLISECONDS);
    return leftovers;
  }

  /** Everything of this agent's pods, each with its kind; the agent itself excepted. */
  public List<String> find(long agentPid) throws IOException {
    List<String> found = new ArrayList<>();
    Set<String> pods = ids();
    for (long pid : processes()) {
      if (pid != agentPid) {
        found.add("process " + pid + " " + text(PROC.resolve(pid + "/cmdline")));
      }
    }
    for (String name : names(NETNS, false)) {
      if (name.startsWith("carafe-") && pods.contains(name.substring("carafe-".length()))) {
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

  /** Mount points of this agent, pins of network namespaces among them. */
  List<Path> mountPoints() throws IOException {
    Set<String> pods = ids();
    List<Path> points = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      Path point = Path.of(line.split(" ", -1)[4]);
      boolean pin =
          point.startsWith(NETNS)
              && pods.contains(point.getFileName().toString().replaceFirst("^carafe-", ""));
      if (pin || (point.startsWith(settings.dir()) && !point.equals(settings.dir()))) {
        points.add(point);
      }
    }
    return points;
  }

  /**
   * Processes that belong to this agent: in its cgroups, with its directory in the argv, or with a
   * pod of it, as shims have.
   */
  Set<Long> processes() throws IOException {
    Set<String> pods = ids();
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
          && isOurs(text(PROC.resolve(name + "/cmdline")), pods)
          && Long.parseLong(name) != ProcessHandle.current().pid()) {
        pids.add(Long.valueOf(name));
      }
    }
    return pids;
  }

  private boolean isOurs(String commandLine, Set<String> pods) {
    String[] words = commandLine.split(" ", 3);
    boolean shim = words.length > 1 && words[0].equals("carafe-shim") && pods.contains(words[1]);
    return shim || commandLine.contains(settings.dir() + "/");
  }

  private synchronized void notice() {
    for (WatchKey key = intents.poll(); key != null; key = intents.poll()) {
      for (WatchEvent<?> event : key.pollEvents()) {
        missed = missed || event.kind().equals(StandardWatchEventKinds.OVERFLOW);
        ids.add(String.valueOf(event.context()).replaceFirst("\\..*", ""));
      }
      key.reset();
    }
  }

  /** The ids of all pods that there were. */
  private synchronized Set<String> ids() throws IOException {
    notice();
    if (missed) {
      throw new IOException("too many pods at once: some were not seen");
    }
    return Set.copyOf(ids);
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

  @Override
  public void close() throws IOException {
    noticing.shutdownNow();
    intents.close();
  }
}
