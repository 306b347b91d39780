package dev.carafe.runtime.cli;

import dev.carafe.runtime.spec.Capabilities;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.SpecException;
import dev.carafe.runtime.spec.SpecReader;
import dev.carafe.runtime.spec.User;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The process of an exec: a file's, or the container's own with what the options change. */
final class ExecProcess {
  private static final long ID_MAX = 4294967294L;

  private ExecProcess() {}

  static Process of(Spec spec, Caller caller, Arguments arguments)
      throws Failure, IOException, SpecException {
    String file = arguments.value("process");
    if (file != null && !file.isEmpty()) {
      return SpecReader.parse(Files.readAllBytes(caller.resolve(file)), Process.class);
    }
    List<String> words = arguments.positional();
    if (words.size() < 2) {
      throw new Failure("process args cannot be empty");
    }
    Process base = spec.process();
    if (base == null) {
      throw new Failure("the container's configuration has no process: use --process");
    }
    return changed(base, words.subList(1, words.size()), arguments);
  }

  static Process changed(Process base, List<String> args, Arguments arguments) throws Failure {
    List<String> env = new ArrayList<>(base.env());
    env.addAll(arguments.values("env"));
    return new Process(
        arguments.flag("tty"),
        base.consoleSize(),
        user(base.user(), arguments),
        args,
        env,
        arguments.value("cwd", base.cwd()),
        capabilities(base.capabilities(), arguments.values("cap")),
        base.rlimits(),
        arguments.flag("no-new-privs") || base.noNewPrivileges(),
        arguments.value("apparmor", otherwise(base.apparmorProfile())),
        base.oomScoreAdj(),
        arguments.value("process-label", otherwise(base.selinuxLabel())),
        base.scheduler(),
        base.ioPriority(),
        base.execCPUAffinity());
  }

  private static String otherwise(@Nullable String value) {
    return value == null ? "" : value;
  }

  private static User user(User base, Arguments arguments) throws Failure {
    List<Long> groups = new ArrayList<>(base.additionalGids());
    for (String group : arguments.values("additional-gids")) {
      groups.add(number(group, "gid"));
    }
    String given = arguments.value("user");
    if (given == null || given.isEmpty()) {
      return new User(base.uid(), base.gid(), base.umask(), groups);
    }
    String[] parts = given.split(":", 2);
    long gid = parts.length == 2 ? number(parts[1], "gid") : base.gid();
    return new User(number(parts[0], "uid"), gid, base.umask(), groups);
  }

  /** The whole text is a number (CVE-2016-3697: names are never looked up). */
  private static long number(String text, String id) throws Failure {
    long value = text.matches("[0-9]{1,10}") ? Long.parseLong(text) : -1;
    if (value < 0 || value > ID_MAX) {
      throw new Failure(
          "parsing %s as int for %s failed: expected a number from 0 to %d"
              .formatted(text, id, ID_MAX));
    }
    return value;
  }

  /** Never fills the inheritable set, and ambient only where that is filled (CVE-2022-29162). */
  private static @Nullable Capabilities capabilities(
      @Nullable Capabilities base, List<String> more) {
    if (more.isEmpty()) {
      return base;
    }
    Capabilities sets = base == null ? Capabilities.of(List.of()) : base;
    return new Capabilities(
        plus(sets.bounding(), more),
        plus(sets.effective(), more),
        sets.inheritable(),
        plus(sets.permitted(), more),
        sets.inheritable().isEmpty() ? sets.ambient() : plus(sets.ambient(), more));
  }

  private static List<String> plus(List<String> some, List<String> more) {
    List<String> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }
}
