package dev.carafe.agent.oci;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.SELinuxOption;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * SELinux labels of a container. Without a level of its own it gets two categories that follow from
 * the pod's id: the containers of a pod share them, those of other pods do not. A privileged one's
 * process has none, its files have the pod's.
 *
 * @param process label of the process; null without SELinux
 * @param mount label of the container's own mounts; null without SELinux
 */
public record SeLinuxLabels(@Nullable String process, @Nullable String mount) {
  private static final String FIELD = "linux.security_context.selinux_options.";
  private static final String SENSITIVITY = "s\\d{1,2}(:c\\d{1,4}([.,]c\\d{1,4})*)?";
  private static final Pattern LEVEL = Pattern.compile(SENSITIVITY + "(-" + SENSITIVITY + ")?");
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_]*");
  private static final int CATEGORIES = 1024;

  /**
   * The labels.
   *
   * @param enabled whether the node has SELinux; without it a label is checked, and otherwise
   *     ignored
   * @throws Failure INVALID for a malformed label
   */
  static SeLinuxLabels of(PodContext pod, LinuxContainerSecurityContext security, boolean enabled) {
    return of(pod.id(), pod.config(), security, enabled);
  }

  private static SeLinuxLabels of(
      String podId, PodSandboxConfig pod, LinuxContainerSecurityContext security, boolean enabled) {
    SELinuxOption options =
        security.hasSelinuxOptions()
            ? security.getSelinuxOptions()
            : pod.getLinux().getSecurityContext().getSelinuxOptions();
    word("user", options.getUser());
    word("role", options.getRole());
    word("type", options.getType());
    if (!options.getLevel().isEmpty() && !LEVEL.matcher(options.getLevel()).matches()) {
      throw Failure.invalid(
          "%slevel: \"%s\"; expected a level such as s0:c123,c456"
              .formatted(FIELD, options.getLevel()));
    }
    if (!enabled) {
      return new SeLinuxLabels(null, null);
    }
    boolean superPrivileged = security.getPrivileged();
    String level = or(options.getLevel(), "s0:" + categories(podId));
    return new SeLinuxLabels(
        String.join(
            ":",
            or(options.getUser(), "system_u"),
            or(options.getRole(), "system_r"),
            or(options.getType(), superPrivileged ? "spc_t" : "container_t"),
            superPrivileged ? or(options.getLevel(), "s0") : level),
        "system_u:object_r:container_file_t:" + level);
  }

  /**
   * The label of the files that all containers of a pod share; null without SELinux.
   *
   * @throws Failure INVALID for a malformed one in the pod's options
   */
  public static @Nullable String shared(String podId, PodSandboxConfig pod, boolean enabled) {
    return of(podId, pod, LinuxContainerSecurityContext.getDefaultInstance(), enabled).mount();
  }

  private static String categories(String podId) {
    HashCode hash = Hashing.sha256().hashString(podId, StandardCharsets.UTF_8);
    int first = Math.floorMod(hash.asInt(), CATEGORIES);
    int second = Math.floorMod(hash.asInt() >>> 10, CATEGORIES - 1);
    int other = second < first ? second : second + 1;
    return "c%d,c%d".formatted(Math.min(first, other), Math.max(first, other));
  }

  private static void word(String field, String value) {
    if (!WORD.matcher(value).matches()) {
      throw Failure.invalid(
          "%s%s: \"%s\"; expected letters, digits and underscores".formatted(FIELD, field, value));
    }
  }

  private static String or(String value, String otherwise) {
    return value.isEmpty() ? otherwise : value;
  }
}
