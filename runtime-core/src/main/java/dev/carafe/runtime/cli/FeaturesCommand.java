package dev.carafe.runtime.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.runtime.spec.Capability;
import dev.carafe.runtime.spec.MemoryPolicy;
import dev.carafe.runtime.spec.Spec;
import java.util.Arrays;
import java.util.List;

/**
 * {@code features}: what this runtime can do, as the runtime specification's features.md lays out.
 */
final class FeaturesCommand {
  private static final List<String> MOUNT_OPTIONS =
      List.of(
          "async",
          "atime",
          "bind",
          "defaults",
          "dev",
          "diratime",
          "dirsync",
          "exec",
          "idmap",
          "iversion",
          "lazytime",
          "loud",
          "mand",
          "noatime",
          "nodev",
          "nodiratime",
          "noexec",
          "noiversion",
          "nolazytime",
          "nomand",
          "norelatime",
          "nostrictatime",
          "nosuid",
          "nosymfollow",
          "private",
          "ratime",
          "rbind",
          "rdev",
          "rdiratime",
          "relatime",
          "remount",
          "rexec",
          "ridmap",
          "rnoatime",
          "rnodev",
          "rnodiratime",
          "rnoexec",
          "rnorelatime",
          "rnostrictatime",
          "rnosuid",
          "rnosymfollow",
          "ro",
          "rprivate",
          "rrelatime",
          "rro",
          "rrw",
          "rshared",
          "rslave",
          "rstrictatime",
          "rsuid",
          "rsymfollow",
          "runbindable",
          "rw",
          "shared",
          "silent",
          "slave",
          "strictatime",
          "suid",
          "symfollow",
          "sync",
          "tmpcopyup",
          "unbindable");
  private static final List<String> HOOKS =
      List.of(
          "prestart",
          "createRuntime",
          "createContainer",
          "startContainer",
          "poststart",
          "poststop");
  private static final List<String> SECCOMP_FLAGS =
      List.of(
          "SECCOMP_FILTER_FLAG_LOG",
          "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
          "SECCOMP_FILTER_FLAG_TSYNC",
          "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");

  private FeaturesCommand() {}

  static int run(Session session, Arguments arguments) throws Exception {
    ObjectNode features = Json.object();
    features.put("ociVersionMin", "1.0.0");
    features.put("ociVersionMax", Spec.VERSION);
    texts(features.putArray("hooks"), HOOKS);
    texts(features.putArray("mountOptions"), MOUNT_OPTIONS);
    linux(features.putObject("linux"));
    features
        .putObject("annotations")
        .put("dev.carafe.version", Version.NUMBER)
        .put("org.opencontainers.runc.checkpoint.enabled", "true");
    texts(
        features.putArray("potentiallyUnsafeConfigAnnotations"),
        List.of("bundle", "org.systemd.property.", "org.criu.config"));
    session.out().print(Json.indented(features, "    ") + "\n");
    return 0;
  }

  private static void linux(ObjectNode linux) {
    texts(
        linux.putArray("namespaces"),
        List.of("cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"));
    texts(
        linux.putArray("capabilities"),
        Arrays.stream(Capability.values())
            .map(capability -> "CAP_" + capability.name())
            .sorted()
            .toList());
    linux
        .putObject("cgroup")
        .put("v1", true)
        .put("v2", true)
        .put("systemd", true)
        .put("systemdUser", true)
        .put("rdma", true);
    seccomp(linux.putObject("seccomp"));
    linux.putObject("apparmor").put("enabled", true);
    linux.putObject("selinux").put("enabled", true);
    linux.putObject("intelRdt").put("enabled", true).put("schemata", true).put("monitoring", true);
    linux.putObject("memoryPolicy").set("modes", names(MemoryPolicy.Mode.values()));
    ((ObjectNode) linux.path("memoryPolicy")).set("flags", names(MemoryPolicy.Flag.values()));
    linux.putObject("mountExtensions").putObject("idmap").put("enabled", true);
    linux.putObject("netDevices").put("enabled", true);
  }

  private static ArrayNode names(Enum<?>[] constants) {
    ArrayNode names = Json.mapper().createArrayNode();
    for (Enum<?> constant : constants) {
      names.add(constant.name());
    }
    return names;
  }

  private static void seccomp(ObjectNode seccomp) {
    seccomp.put("enabled", true);
    texts(
        seccomp.putArray("actions"),
        List.of(
            "SCMP_ACT_ALLOW",
            "SCMP_ACT_ERRNO",
            "SCMP_ACT_KILL",
            "SCMP_ACT_KILL_PROCESS",
            "SCMP_ACT_KILL_THREAD",
            "SCMP_ACT_LOG",
            "SCMP_ACT_NOTIFY",
            "SCMP_ACT_TRACE",
            "SCMP_ACT_TRAP"));
    texts(
        seccomp.putArray("operators"),
        List.of(
            "SCMP_CMP_EQ",
            "SCMP_CMP_GE",
            "SCMP_CMP_GT",
            "SCMP_CMP_LE",
            "SCMP_CMP_LT",
            "SCMP_CMP_MASKED_EQ",
            "SCMP_CMP_NE"));
    texts(seccomp.putArray("archs"), List.of("SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_X86_64"));
    texts(seccomp.putArray("knownFlags"), SECCOMP_FLAGS);
    texts(seccomp.putArray("supportedFlags"), SECCOMP_FLAGS);
  }

  private static void texts(ArrayNode array, List<String> values) {
    values.forEach(array::add);
  }
}
