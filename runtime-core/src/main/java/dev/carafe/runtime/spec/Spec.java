package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An OCI runtime configuration (config.json, runtime-spec 1.3, Linux part). Absent lists and maps
 * are empty, absent objects, numbers and strings null; an empty string is an absent one. Immutable.
 *
 * @param ociVersion version of the specification that the bundle follows
 * @param process what runs; null is allowed until start
 * @param root the root directory
 * @param hostname name in the container's uts namespace
 * @param domainname NIS domain name in the container's uts namespace
 * @param mounts mounts in order, beyond the root
 * @param hooks programs to run at points of the lifecycle
 * @param annotations free text for callers
 * @param linux what is particular to Linux
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Spec(
    String ociVersion,
    @Nullable Process process,
    @Nullable Root root,
    @Nullable String hostname,
    @Nullable String domainname,
    List<Mount> mounts,
    @Nullable Hooks hooks,
    Map<String, String> annotations,
    @Nullable Linux linux) {
  /** The version of the runtime specification that this runtime implements. */
  public static final String VERSION = "1.3.0";

  public Spec {
    ociVersion = ociVersion == null ? "" : ociVersion;
    hostname = Values.text(hostname);
    domainname = Values.text(domainname);
    mounts = Values.list(mounts);
    annotations = Values.map(annotations);
  }

  /** The same configuration with another process. */
  public Spec with(Process changed) {
    return new Spec(
        ociVersion, changed, root, hostname, domainname, mounts, hooks, annotations, linux);
  }

  /** The same configuration with other mounts. */
  public Spec with(List<Mount> changed) {
    return new Spec(
        ociVersion, process, root, hostname, domainname, changed, hooks, annotations, linux);
  }

  /** The same configuration with another Linux part. */
  public Spec with(Linux changed) {
    return new Spec(
        ociVersion, process, root, hostname, domainname, mounts, hooks, annotations, changed);
  }
}
