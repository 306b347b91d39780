package dev.carafe.runtime.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.runtime.rdt.RdtAssignment;
import dev.carafe.runtime.rdt.RdtException;
import dev.carafe.runtime.rdt.RdtManager;
import dev.carafe.runtime.rdt.RdtStats;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.Schemata;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A command's way to resctrl. A configuration without {@code linux.intelRdt} never gets there
 * (runtime-spec, config-linux.md, IntelRdt).
 */
final class Rdt {
  private final Path root;
  private final RdtManager manager;

  private Rdt(Path root, RdtManager manager) {
    this.root = root;
    this.manager = manager;
  }

  /** Null for a configuration that does not ask for it. */
  static @Nullable Rdt of(Session session, Spec spec) throws IOException {
    Linux linux = spec.linux();
    if (linux == null || linux.intelRdt() == null) {
      return null;
    }
    Path root = root(session);
    Path containers = session.settings().root();
    Path records =
        containers.resolveSibling(Objects.requireNonNull(containers.getFileName()) + "-rdt");
    return new Rdt(root, RdtManager.at(root, records));
  }

  private static Path root(Session session) throws IOException {
    Path given = session.settings().resctrlRoot();
    return given == null ? Resctrl.find(session.caller().proc("mountinfo")) : given;
  }

  /** Whether there is a resctrl at all. */
  static boolean isMounted(Session session) {
    try {
      return Files.isDirectory(root(session));
    } catch (IOException | RdtException none) {
      return false;
    }
  }

  /** Makes or finds the groups: the files that the container's first process joins them by. */
  static List<Path> assign(Session session, Spec spec, String id) throws IOException {
    Rdt rdt = of(session, spec);
    if (rdt == null) {
      return List.of();
    }
    Linux linux = Objects.requireNonNull(spec.linux(), "an RDT class is in it");
    return rdt.manager
        .assign(Objects.requireNonNull(linux.intelRdt(), "an RDT class"), id)
        .tasksFiles();
  }

  /** The files that a further process joins them by. */
  static List<Path> find(Session session, Spec spec, String id) throws IOException {
    Rdt rdt = of(session, spec);
    RdtAssignment place = rdt == null ? null : rdt.manager.find(id);
    return place == null ? List.of() : place.tasksFiles();
  }

  /** Removes what was made for a container. */
  static void release(Session session, Spec spec, String id) throws IOException {
    Rdt rdt = of(session, spec);
    if (rdt != null) {
      rdt.manager.release(id);
    }
  }

  /** Gives its class other schemas: how to take that back. */
  Runnable update(String id, @Nullable String l3, @Nullable String memBw) {
    Schemata before = manager.update(id, l3, memBw);
    return () -> manager.restore(id, before);
  }

  /** The statistics' object; empty without a class. */
  static ObjectNode stats(Session session, Spec spec, String id) throws IOException {
    Rdt rdt = of(session, spec);
    RdtAssignment place = rdt == null ? null : rdt.manager.find(id);
    if (rdt == null || place == null) {
      return Json.object();
    }
    try {
      return Json.mapper().valueToTree(RdtStats.read(rdt.root, place));
    } catch (RdtException e) {
      session.log().warning("intel_rdt: " + e.getMessage());
      return Json.object();
    }
  }
}
