package dev.carafe.runtime.cli;

import dev.carafe.runtime.checkpoint.CgroupMode;
import dev.carafe.runtime.checkpoint.CriuException;
import dev.carafe.runtime.checkpoint.CriuFlag;
import dev.carafe.runtime.checkpoint.CriuOptions;
import dev.carafe.runtime.checkpoint.CriuProcess;
import dev.carafe.runtime.checkpoint.CriuProgram;
import dev.carafe.runtime.spec.Spec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What {@code checkpoint} and {@code restore} have in common: options, and where criu is. */
final class CriuArguments {
  static final CriuProgram PROGRAM = new CriuProgram("criu");

  /** Options of both commands. */
  static final List<Option> COMMON =
      List.of(
          Option.value("image-path", "directory of the images (default: ./checkpoint)"),
          Option.value("work-path", "directory of criu's log"),
          Option.flag("tcp-established", "with open TCP connections"),
          Option.flag("ext-unix-sk", "with Unix sockets whose other end is outside"),
          Option.flag("shell-job", "with a session whose leader is outside"),
          Option.flag("file-locks", "with file locks"),
          Option.flag("lazy-pages", "pages of memory on demand (not supported)"),
          Option.value(
              "manage-cgroups-mode", "cgroups: soft, full, strict or ignore (default: soft)"),
          Option.list("empty-ns", null, "namespace to leave empty: network, as it always is"),
          Option.flag("auto-dedup", "take what is saved again out of the parent's images"));

  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final Path CONFIG = Path.of("/etc/criu/runc.conf");
  private static final String CONFIG_ANNOTATION = "org.criu.config";

  private CriuArguments() {}

  /** Refuses an ordinary user, and the root of a user namespace, before criu fails at it. */
  static void requireRoot(Session session) throws Failure {
    if (!session.settings().identity().isHostRoot()) {
      throw new Failure(
          "checkpoint and restore are not supported for rootless containers: criu sets process ids"
              + " and cgroups, and reads other processes' memory, for which it needs the host's"
              + " root");
    }
  }

  /** The images' directory, absolute. */
  static Path images(Session session, Arguments arguments) {
    return session.caller().resolve(arguments.value("image-path", "checkpoint"));
  }

  /** The options, checked. */
  static CriuOptions options(Session session, Arguments arguments, Spec spec) throws Failure {
    refuse(arguments, "lazy-pages", "start the container from all of its pages");
    for (String namespace : arguments.values("empty-ns")) {
      if (!namespace.equals("network")) {
        throw new Failure("namespace " + namespace + " is not supported");
      }
    }
    return new CriuOptions(
        flags(arguments),
        mode(arguments.value("manage-cgroups-mode", "soft")),
        parent(session, arguments),
        pageServer(arguments.value("page-server")),
        arguments.value("lsm-profile", ""),
        arguments.value("lsm-mount-context", ""),
        config(spec));
  }

  private static void refuse(Arguments arguments, String option, String instead) throws Failure {
    if (arguments.value(option) != null && !"false".equals(arguments.value(option))) {
      throw new Failure("--" + option + ": not supported; " + instead);
    }
  }

  private static Set<CriuFlag> flags(Arguments arguments) {
    Set<CriuFlag> flags = EnumSet.noneOf(CriuFlag.class);
    for (CriuFlag flag : CriuFlag.values()) {
      if (arguments.flag(flag.option())) {
        flags.add(flag);
      }
    }
    return flags;
  }

  private static CgroupMode mode(String mode) throws Failure {
    return switch (mode) {
      case "soft", "full", "strict", "ignore" -> CgroupMode.valueOf(mode.toUpperCase(Locale.ROOT));
      default ->
          throw new Failure(
              "Invalid manage-cgroups-mode value: %s; expected soft, full, strict or ignore"
                  .formatted(mode));
    };
  }

  private static String parent(Session session, Arguments arguments) throws Failure {
    String parent = arguments.value("parent-path", "");
    if (parent.isEmpty()) {
      return "";
    }
    if (parent.startsWith("/")) {
      throw new Failure("--parent-path " + parent + ": expected one relative to --image-path");
    }
    if (!Files.isDirectory(images(session, arguments).resolve(parent).normalize())) {
      throw new Failure("--parent-path " + parent + ": no such directory below --image-path");
    }
    return parent;
  }

  private static CriuOptions.@Nullable PageServer pageServer(@Nullable String server)
      throws Failure {
    if (server == null || server.isEmpty()) {
      return null;
    }
    int colon = server.lastIndexOf(':');
    String port = server.substring(colon + 1);
    if (colon <= 0 || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 0xffff) {
      throw new Failure("Use --page-server ADDRESS:PORT to specify page server");
    }
    return new CriuOptions.PageServer(server.substring(0, colon), Integer.parseInt(port));
  }

  /** An empty annotation means none. */
  private static String config(Spec spec) {
    String given = spec.annotations().get(CONFIG_ANNOTATION);
    return given != null ? given : Files.exists(CONFIG) ? CONFIG.toString() : "";
  }

  /** Starts criu as the front's child, for what the front does not wait for. */
  static CriuProcess.Starter starter(Session session) throws CriuException {
    List<String> command = command(session);
    return files -> session.front().criu(false, false, "", command, files);
  }

  static List<String> command(Session session) throws CriuException {
    return PROGRAM.command(path(session));
  }

  private static String path(Session session) {
    return session.caller().environment().getOrDefault("PATH", DEFAULT_PATH);
  }

  /** The same failure, with what {@code criu check} has against this kernel, if anything. */
  static Failure explained(Session session, CriuException failure) throws InterruptedException {
    String complaint = PROGRAM.complaint(path(session));
    String why = complaint.isEmpty() ? "" : "; \"criu check\" says: " + complaint;
    return new Failure(failure.getMessage() + why, failure);
  }
}
