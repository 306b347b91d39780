package dev.carafe.runtime.cli;

import dev.carafe.runtime.linux.Identity;
import dev.carafe.runtime.plan.Privilege;
import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Spec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** What an ordinary user's launchers need besides the configuration. */
final class Rootless {
  private Rootless() {}

  /**
   * The privilege with which a container is made.
   *
   * @throws Failure when its id maps need a program that is not there
   */
  static Privilege privilege(Session session, Spec spec) throws Failure {
    Identity identity = session.settings().identity();
    if (identity.uid() == 0) {
      return ofRoot(identity);
    }
    Linux linux = Objects.requireNonNull(spec.linux(), "a valid configuration has a Linux part");
    return new Privilege.User(
        mapper(session, "newuidmap", linux.uidMappings(), identity.uid()),
        mapper(session, "newgidmap", linux.gidMappings(), identity.gid()));
  }

  /** The privilege with which a running container is joined: its maps are there. */
  static Privilege toJoin(Session session) {
    Identity identity = session.settings().identity();
    return identity.uid() == 0 ? ofRoot(identity) : new Privilege.User("", "");
  }

  private static Privilege ofRoot(Identity identity) {
    return identity.onHost()
        ? new Privilege.Host()
        : new Privilege.InNamespace(identity.setgroups());
  }

  /** The kernel lets a user map his own id alone (user_namespaces(7)). */
  private static String mapper(Session session, String program, List<IdMapping> mappings, long own)
      throws Failure {
    boolean ownOnly =
        mappings.size() == 1
            && mappings.getFirst().size() == 1
            && mappings.getFirst().hostId() == own;
    if (mappings.isEmpty() || ownOnly) {
      return "";
    }
    String path = session.caller().environment().getOrDefault("PATH", "");
    for (String directory : path.split(":", -1)) {
      Path candidate = session.caller().resolve(directory).resolve(program);
      if (Files.isExecutable(candidate)) {
        return candidate.toString();
      }
    }
    throw new Failure(
        program
            + " is not on PATH, and only it can map "
            + mappings
            + ": install it (Debian's package uidmap), or map your own id "
            + own
            + " alone");
  }
}
