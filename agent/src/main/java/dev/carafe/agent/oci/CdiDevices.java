package dev.carafe.agent.oci;

import dev.carafe.agent.cdi.CdiEdits;
import dev.carafe.cri.v1.CDIDevice;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import dev.carafe.runtime.spec.Mount;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** CDI devices of a container: their names, and their edits over what it has without them. */
public final class CdiDevices {
  private static final String ANNOTATION = "cdi.k8s.io/";

  private CdiDevices() {}

  /**
   * The names that a container asks for, each once: its field, then its annotations (the older
   * form, a list with commas).
   */
  public static List<String> names(ContainerConfig config) {
    Set<String> names = new LinkedHashSet<>();
    config.getCDIDevicesList().stream().map(CDIDevice::getName).forEach(names::add);
    config.getAnnotationsMap().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(ANNOTATION))
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> names.addAll(List.of(entry.getValue().split(",", -1))));
    return List.copyOf(names);
  }

  static List<String> env(List<String> own, CdiEdits edits) {
    Map<String, String> byName = new LinkedHashMap<>();
    for (List<String> list : List.of(own, edits.env())) {
      list.forEach(variable -> byName.put(variable.substring(0, variable.indexOf('=')), variable));
    }
    return List.copyOf(byName.values());
  }

  static List<Mount> mounts(List<Mount> own, CdiEdits edits) {
    List<Mount> all = new ArrayList<>(own);
    all.addAll(edits.mounts());
    return all;
  }

  /** A node that names no owner belongs to the container's user. */
  static DeviceAccess devices(DeviceAccess own, CdiEdits edits, EffectiveUser user) {
    Map<String, Device> nodes = new LinkedHashMap<>();
    own.nodes().forEach(node -> nodes.put(node.path(), node));
    for (Device node : edits.devices()) {
      nodes.put(
          node.path(),
          new Device(
              node.path(),
              node.type(),
              node.major(),
              node.minor(),
              node.fileMode(),
              node.uid() == null ? Long.valueOf(user.uid()) : node.uid(),
              node.gid() == null ? Long.valueOf(user.gid()) : node.gid()));
    }
    List<DeviceRule> rules = new ArrayList<>(own.rules());
    rules.addAll(edits.rules());
    return new DeviceAccess(List.copyOf(nodes.values()), rules);
  }

  static EffectiveUser user(EffectiveUser own, CdiEdits edits) {
    Set<Long> groups = new LinkedHashSet<>(own.groups());
    groups.addAll(edits.groups());
    return new EffectiveUser(own.uid(), own.gid(), List.copyOf(groups), own.home());
  }
}
