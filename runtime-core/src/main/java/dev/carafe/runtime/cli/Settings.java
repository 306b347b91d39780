package dev.carafe.runtime.cli;

import dev.carafe.runtime.linux.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the global options say.
 *
 * @param root absolute directory of containers
 * @param rootGiven whether {@code --root} was given
 * @param systemd whether systemd makes cgroups
 * @param identity whose containers they are
 * @param lenient whether a container goes without a cgroup where its caller may make none
 * @param resctrlRoot where {@code --resctrl-root} says that resctrl is; null to look for it
 */
record Settings(
    Path root,
    boolean rootGiven,
    boolean systemd,
    Identity identity,
    boolean lenient,
    @Nullable Path resctrlRoot) {
  /** Where the host's root records containers unless {@code --root} says otherwise. */
  private static final Path DEFAULT_ROOT = Path.of("/run/carafe/oci");

  /** The global options. */
  static final List<Option> OPTIONS =
      List.of(
          Option.flag("debug", "enable debug logging"),
          Option.value("log", "file for the log (default: standard error)"),
          Option.value("log-format", "format of the log, text or json (default: text)"),
          Option.value(
              "root",
              "directory for the state of containers (default: "
                  + DEFAULT_ROOT
                  + ", or in a user's XDG_RUNTIME_DIR)"),
          Option.value("resctrl-root", "where resctrl is mounted (default: where it is found)"),
          Option.flag("systemd-cgroup", "let systemd make cgroups"),
          Option.value("rootless", "ignore cgroup permission errors: true, false or auto"),
          Option.flag("help", "h", "show help"),
          Option.flag("version", "v", "print the version"));

  Settings {
    Objects.requireNonNull(root, "root");
    Objects.requireNonNull(identity, "identity");
  }

  static Settings of(Arguments global, Caller caller) throws Failure {
    String given = global.value("root");
    String rootless = global.value("rootless", "auto");
    if (!List.of("true", "false", "auto").contains(rootless)) {
      throw new Failure("--rootless " + rootless + ": expected true, false or auto");
    }
    Identity identity = identity(caller);
    Path root = given == null ? defaultRoot(identity, caller) : caller.resolve(given);
    if (root.getParent() == null) {
      throw new Failure("Option --root argument should not be set to /");
    }
    if (given != null && Files.exists(root) && !Files.isDirectory(root)) {
      throw new Failure("--root " + root + ": expected a directory");
    }
    String resctrl = global.value("resctrl-root");
    return new Settings(
        root,
        given != null,
        global.flag("systemd-cgroup"),
        identity,
        rootless.equals("auto") ? !identity.isHostRoot() : rootless.equals("true"),
        resctrl == null ? null : caller.resolve(resctrl));
  }

  private static Identity identity(Caller caller) throws Failure {
    try {
      return Identity.of(caller.proc(""));
    } catch (IOException e) {
      throw new Failure("cannot find out who the caller is: " + e.getMessage(), e);
    }
  }

  private static Path defaultRoot(Identity identity, Caller caller) {
    String runtime = caller.runtimeDirectory(identity);
    return runtime.isEmpty() ? DEFAULT_ROOT : Path.of(runtime, "carafe", "oci");
  }
}
