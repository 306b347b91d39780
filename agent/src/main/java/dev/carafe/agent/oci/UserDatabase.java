package dev.carafe.agent.oci;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Users and groups of an image: its /etc/passwd and /etc/group (passwd(5), group(5)). Lines that
 * are not of their form are left out. Each file is read when it is first asked for; not
 * thread-safe.
 */
final class UserDatabase {
  /** Largest id; the one above means "leave as it is" to the kernel. */
  static final long MAX_ID = 0xFFFF_FFFEL;

  private final Function<String, @Nullable String> files;
  private @Nullable List<Account> accounts;
  private @Nullable List<Group> groups;

  /**
   * @param files the content of a file of the image by its absolute path, null when there is none
   */
  UserDatabase(Function<String, @Nullable String> files) {
    this.files = files;
  }

  /** A line of /etc/passwd. */
  record Account(String name, long uid, long gid, String home) {}

  private record Group(long gid, String name, List<String> members) {}

  /** The account of this name, or null. */
  @Nullable Account byName(String name) {
    return first(account -> account.name().equals(name));
  }

  /** The first account of this id, or null. */
  @Nullable Account byUid(long uid) {
    return first(account -> account.uid() == uid);
  }

  /** The id of the group of this name, or null. */
  @Nullable Long gid(String name) {
    return groups().stream()
        .filter(group -> group.name().equals(name))
        .findFirst()
        .map(Group::gid)
        .orElse(null);
  }

  /** The ids of the groups that list the account as a member, in the file's order. */
  List<Long> groupsOf(Account account) {
    return groups().stream()
        .filter(group -> group.members().contains(account.name()))
        .map(Group::gid)
        .toList();
  }

  /** An id out of decimal digits, 0 to {@link #MAX_ID}; null for anything else. */
  static @Nullable Long id(String text) {
    if (!text.matches("\\d{1,10}")) {
      return null;
    }
    long id = Long.parseLong(text);
    return id > MAX_ID ? null : id;
  }

  private @Nullable Account first(java.util.function.Predicate<Account> wanted) {
    return accounts().stream().filter(wanted).findFirst().orElse(null);
  }

  private List<Account> accounts() {
    if (accounts == null) {
      List<Account> read = new ArrayList<>();
      for (String[] fields : lines("/etc/passwd", 6)) {
        Long uid = id(fields[2]);
        Long gid = id(fields[3]);
        if (uid != null && gid != null) {
          read.add(new Account(fields[0], uid, gid, fields[5]));
        }
      }
      accounts = read;
    }
    return accounts;
  }

  private List<Group> groups() {
    if (groups == null) {
      List<Group> read = new ArrayList<>();
      for (String[] fields : lines("/etc/group", 3)) {
        Long gid = id(fields[2]);
        if (gid != null) {
          read.add(
              new Group(
                  gid,
                  fields[0],
                  fields.length > 3 ? List.of(fields[3].strip().split(",")) : List.of()));
        }
      }
      groups = read;
    }
    return groups;
  }

  private List<String[]> lines(String file, int fields) {
    String content = files.apply(file);
    return content == null
        ? List.of()
        : content
            .lines()
            .map(line -> line.split(":", -1))
            .filter(parts -> parts.length >= fields && !parts[0].isEmpty())
            .toList();
  }
}
