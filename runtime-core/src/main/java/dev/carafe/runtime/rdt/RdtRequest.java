package dev.carafe.runtime.rdt;

import dev.carafe.runtime.rdt.RdtException.Kind;
import dev.carafe.runtime.spec.IntelRdt;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a container's {@code linux.intelRdt} asks of one resctrl tree.
 *
 * @param named whether the class has a name of its own, and not the container's
 * @param name of the class
 * @param group its directory
 * @param wanted its schemata; empty for a class as it is
 * @param monitor whether the container gets a monitoring group
 */
record RdtRequest(
    Resctrl resctrl, boolean named, String name, Path group, Schemata wanted, boolean monitor) {
  static final String MONITORING = "mon_groups";

  RdtRequest {
    Objects.requireNonNull(resctrl, "resctrl");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(group, "group");
    Objects.requireNonNull(wanted, "wanted");
  }

  /**
   * The request of a container.
   *
   * @throws RdtException for one that this machine can't fulfill
   */
  static RdtRequest of(Resctrl resctrl, IntelRdt rdt, String containerId) {
    resctrl.group(containerId);
    String closId = rdt.closId();
    String name = closId == null ? containerId : closId;
    Path group = resctrl.group(name);
    List<String> lines = lines(rdt);
    Schemata wanted = Schemata.parse(lines);
    refuseMissingResources(resctrl, wanted);
    if (closId != null && lines.isEmpty() && !Files.isDirectory(group)) {
      throw new RdtException(
          Kind.NO_CLASS,
          "intelRdt.closID '"
              + closId
              + "' without a schema names no existing class of service; there are "
              + resctrl.classes());
    }
    if (rdt.enableMonitoring() && !Files.isDirectory(resctrl.root().resolve(MONITORING))) {
      throw new RdtException(
          Kind.INVALID, "intelRdt.enableMonitoring: this machine has no monitoring groups");
    }
    return new RdtRequest(resctrl, closId != null, name, group, wanted, rdt.enableMonitoring());
  }

  /** In the order of the specification; a later line is the later word. */
  static List<String> lines(IntelRdt rdt) {
    List<String> lines = new ArrayList<>();
    if (rdt.l3CacheSchema() != null) {
      lines.add(rdt.l3CacheSchema());
    }
    String bandwidth = rdt.memBwSchema();
    if (bandwidth != null) {
      if (!bandwidth.startsWith("MB:")) {
        throw new RdtException(
            Kind.INVALID, "intelRdt.memBwSchema '" + bandwidth + "' must start with MB:");
      }
      lines.add(bandwidth);
    }
    lines.addAll(rdt.schemata());
    return lines;
  }

  static void refuseMissingResources(Resctrl resctrl, Schemata wanted) {
    if (wanted.resources().isEmpty()) {
      return;
    }
    Schemata root = resctrl.schemata(resctrl.root());
    for (String resource : wanted.resources().keySet()) {
      if (!root.resources().containsKey(resource)) {
        throw new RdtException(
            Kind.INVALID,
            "intelRdt wants the resource "
                + resource
                + "; this machine has "
                + root.resources().keySet());
      }
    }
  }

  /**
   * Gives the group its schemata, or compares them with those of a group that is not the
   * container's.
   *
   * @param made whether the group has just been made
   * @param owned whether it is the container's own
   */
  void fill(boolean made, boolean owned) {
    if (!Resctrl.isGroup(group)) {
      throw new RdtException(Kind.INVALID, group + " exists and is not a class of service");
    }
    if (wanted.resources().isEmpty()) {
      return;
    }
    String difference = made ? "new" : difference();
    if (difference == null) {
      return;
    }
    // A group of the container's own, found again after a crash, may lack what was to be written.
    if (made || owned) {
      resctrl.writeSchemata(group, wanted.lines());
      return;
    }
    throw new RdtException(
        Kind.MISMATCH,
        "the class of service '"
            + name
            + "' exists with other schemata: "
            + difference
            + "; use its values, leave the schemata out, or choose another closID");
  }

  private @Nullable String difference() {
    ResctrlInfo.Bandwidth bandwidth = resctrl.info().bandwidth();
    long step = bandwidth == null ? 1 : Math.max(1, bandwidth.granularity());
    return resctrl.schemata(group).difference(wanted, step);
  }
}
