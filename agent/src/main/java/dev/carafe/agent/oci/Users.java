package dev.carafe.agent.oci;

import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.oci.UserDatabase.Account;
import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import dev.carafe.cri.v1.SupplementalGroupsPolicy;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who a container runs as: run_as_user or run_as_username, else the image's USER, else root;
 * run_as_group, else the group that comes with the user. Supplementary groups as in KEP-3619.
 */
final class Users {
  private static final String FIELD = "linux.security_context.";

  private Users() {}

  /** A user before its groups are known; no account when the image knows nothing of the id. */
  private record Chosen(long uid, long gid, @Nullable Account account) {}

  /**
   * Finds the ids.
   *
   * @throws Failure INVALID for contradicting fields, ids out of range, and names that the image
   *     does not know
   */
  static EffectiveUser resolve(
      LinuxContainerSecurityContext security, ImageContext image, UserDatabase database) {
    check(security);
    Chosen chosen = choose(security, image, database);
    long gid =
        security.hasRunAsGroup()
            ? inRange("run_as_group", security.getRunAsGroup().getValue())
            : chosen.gid();
    Set<Long> groups = new LinkedHashSet<>(List.of(gid));
    Account account = chosen.account();
    if (account != null
        && security.getSupplementalGroupsPolicy() == SupplementalGroupsPolicy.Merge) {
      groups.addAll(database.groupsOf(account));
    }
    for (long group : security.getSupplementalGroupsList()) {
      groups.add(inRange("supplemental_groups", group));
    }
    String home = account == null || account.home().isEmpty() ? "/" : account.home();
    return new EffectiveUser(chosen.uid(), gid, List.copyOf(groups), home);
  }

  private static void check(LinuxContainerSecurityContext security) {
    boolean named = !security.getRunAsUsername().isEmpty();
    if (security.hasRunAsUser() && named) {
      throw Failure.invalid(
          "%srun_as_username: \"%s\" beside run_as_user %d; expected one of them"
              .formatted(FIELD, security.getRunAsUsername(), security.getRunAsUser().getValue()));
    }
    if (security.hasRunAsGroup() && !security.hasRunAsUser() && !named) {
      throw Failure.invalid(
          "%srun_as_group: %d without run_as_user or run_as_username; set one of them too"
              .formatted(FIELD, security.getRunAsGroup().getValue()));
    }
    if (security.getSupplementalGroupsPolicy() == SupplementalGroupsPolicy.UNRECOGNIZED) {
      throw Failure.invalid(
          "%ssupplemental_groups_policy: %d; expected 0 (Merge) or 1 (Strict)"
              .formatted(FIELD, security.getSupplementalGroupsPolicyValue()));
    }
  }

  private static Chosen choose(
      LinuxContainerSecurityContext security, ImageContext image, UserDatabase database) {
    if (security.hasRunAsUser()) {
      return ofUid(inRange("run_as_user", security.getRunAsUser().getValue()), database);
    }
    if (!security.getRunAsUsername().isEmpty()) {
      return ofUser(FIELD + "run_as_username", security.getRunAsUsername(), image, database);
    }
    if (image.user().isEmpty()) {
      return ofUid(0, database);
    }
    String field = "image %s: USER".formatted(image.imageRef());
    int colon = image.user().indexOf(':');
    if (colon < 0) {
      return ofUser(field, image.user(), image, database);
    }
    String name = image.user().substring(0, colon);
    Chosen user = name.isEmpty() ? ofUid(0, database) : ofUser(field, name, image, database);
    String group = image.user().substring(colon + 1);
    return group.isEmpty()
        ? user
        : new Chosen(user.uid(), ofGroup(field, group, database), user.account());
  }

  private static Chosen ofUser(
      String field, String user, ImageContext image, UserDatabase database) {
    Long uid = UserDatabase.id(user);
    if (uid != null) {
      return ofUid(uid, database);
    }
    Account account = database.byName(user);
    if (account == null) {
      throw Failure.invalid(
          "%s: no user \"%s\" in /etc/passwd of image %s; use a name from there, or a uid"
              .formatted(field, user, image.imageRef()));
    }
    return new Chosen(account.uid(), account.gid(), account);
  }

  private static Chosen ofUid(long uid, UserDatabase database) {
    Account account = database.byUid(uid);
    return new Chosen(uid, account == null ? 0 : account.gid(), account);
  }

  private static long ofGroup(String field, String group, UserDatabase database) {
    Long numeric = UserDatabase.id(group);
    Long gid = numeric == null ? database.gid(group) : numeric;
    if (gid == null) {
      throw Failure.invalid(
          "%s: no group \"%s\" in the image's /etc/group; use a name from there, or a gid"
              .formatted(field, group));
    }
    return gid;
  }

  private static long inRange(String field, long id) {
    if (id < 0 || id > UserDatabase.MAX_ID) {
      throw Failure.invalid(
          "%s%s: %d; expected 0 to %d".formatted(FIELD, field, id, UserDatabase.MAX_ID));
    }
    return id;
  }
}
