package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.Namespace;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A pod's namespaces.
 *
 * @param pins where each namespace of the pod is kept, an absolute path on the host: any of
 *     network, ipc, uts and user; what is not named is the host's
 * @param uidMappings user ids of the pod's user namespace; empty exactly when it has none
 * @param gidMappings group ids of it
 * @param hostname its host name, at most 64 bytes; null leaves it, and it needs a uts namespace
 * @param sysctls kernel parameters of its network and ipc namespaces
 * @param shm where the pod's /dev/shm is mounted on the host, or null when it shares the host's
 * @param shmBytes size of that
 * @param mountLabel SELinux label of all that is in it; null without SELinux
 */
public record PodContext(
    Map<Namespace.Type, String> pins,
    List<IdMapping> uidMappings,
    List<IdMapping> gidMappings,
    @Nullable String hostname,
    Map<String, String> sysctls,
    @Nullable String shm,
    long shmBytes,
    @Nullable String mountLabel) {
  public PodContext {
    pins = Collections.unmodifiableMap(new TreeMap<>(pins));
    uidMappings = List.copyOf(uidMappings);
    gidMappings = List.copyOf(gidMappings);
    sysctls = Collections.unmodifiableMap(new LinkedHashMap<>(sysctls));
    for (Map.Entry<Namespace.Type, String> pin : pins.entrySet()) {
      Objects.requireNonNull(pin.getValue(), "pin");
      switch (pin.getKey()) {
        case NETWORK, IPC, UTS, USER -> {}
        case PID, MOUNT, CGROUP, TIME ->
            throw new IllegalArgumentException(
                pin.getKey() + ": a pod keeps only network, ipc, uts and user namespaces");
      }
    }
    if (pins.containsKey(Namespace.Type.USER) == uidMappings.isEmpty()
        || uidMappings.isEmpty() != gidMappings.isEmpty()) {
      throw new IllegalArgumentException(
          "a user namespace has a pin, user ids and group ids, or none of them");
    }
    if (hostname != null && !pins.containsKey(Namespace.Type.UTS)) {
      throw new IllegalArgumentException("host name '" + hostname + "' needs a uts namespace");
    }
  }
}
