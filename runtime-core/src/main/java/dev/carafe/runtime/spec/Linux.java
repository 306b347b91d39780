package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is particular to Linux.
 *
 * @param uidMappings user ids of a new user namespace
 * @param gidMappings group ids of a new user namespace
 * @param sysctl kernel parameters of the container's namespaces
 * @param resources cgroup limits
 * @param cgroupsPath cgroup path, or slice:prefix:name for the systemd driver
 * @param namespaces namespaces to make or join
 * @param devices device nodes beyond the default ones
 * @param netDevices host network devices to move in, by host name
 * @param seccomp system call filter
 * @param rootfsPropagation propagation of the root mount (private, slave, shared, unbindable, or
 *     their recursive forms)
 * @param maskedPaths paths to hide
 * @param readonlyPaths paths to make read-only
 * @param mountLabel SELinux label of the container's own mounts
 * @param intelRdt cache and memory bandwidth class; absent means that no resctrl file system is
 *     touched
 * @param memoryPolicy NUMA memory policy
 * @param personality execution domain
 * @param timeOffsets offsets of a new time namespace, by clock (monotonic, boottime)
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Linux(
    List<IdMapping> uidMappings,
    List<IdMapping> gidMappings,
    Map<String, String> sysctl,
    @Nullable LinuxResources resources,
    @Nullable String cgroupsPath,
    List<Namespace> namespaces,
    List<Device> devices,
    Map<String, NetDevice> netDevices,
    @Nullable Seccomp seccomp,
    @Nullable String rootfsPropagation,
    List<String> maskedPaths,
    List<String> readonlyPaths,
    @Nullable String mountLabel,
    @Nullable IntelRdt intelRdt,
    @Nullable MemoryPolicy memoryPolicy,
    @Nullable Personality personality,
    Map<String, TimeOffset> timeOffsets) {
  public Linux {
    uidMappings = Values.list(uidMappings);
    gidMappings = Values.list(gidMappings);
    sysctl = Values.map(sysctl);
    cgroupsPath = Values.text(cgroupsPath);
    namespaces = Values.list(namespaces);
    devices = Values.list(devices);
    netDevices = Values.map(netDevices);
    rootfsPropagation = Values.text(rootfsPropagation);
    maskedPaths = Values.list(maskedPaths);
    readonlyPaths = Values.list(readonlyPaths);
    mountLabel = Values.text(mountLabel);
    timeOffsets = Values.map(timeOffsets);
  }

  /** The entry for a namespace type, or null when the container stays in the runtime's. */
  public @Nullable Namespace namespace(Namespace.Type type) {
    for (Namespace namespace : namespaces) {
      if (namespace.type() == type) {
        return namespace;
      }
    }
    return null;
  }

  /** The same with this Intel RDT class. */
  public Linux with(IntelRdt changed) {
    return new Linux(
        uidMappings,
        gidMappings,
        sysctl,
        resources,
        cgroupsPath,
        namespaces,
        devices,
        netDevices,
        seccomp,
        rootfsPropagation,
        maskedPaths,
        readonlyPaths,
        mountLabel,
        changed,
        memoryPolicy,
        personality,
        timeOffsets);
  }
}
