package dev.carafe.runtime.seccomp;

import dev.carafe.runtime.spec.Capability;
import dev.carafe.runtime.spec.SeccompAction;
import dev.carafe.runtime.spec.SeccompArg;
import dev.carafe.runtime.spec.SeccompSyscall;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One row of default-profile.tsv, which says what the columns mean.
 *
 * @param call name of the system call
 * @param capability needed for the row to apply, or null
 * @param condition on one argument, or null
 * @param enosys whether a container to which no row of the call applies gets ENOSYS
 */
record ProfileRow(
    String call, @Nullable Capability capability, @Nullable SeccompArg condition, boolean enosys) {
  private static final String TABLE = "default-profile.tsv";

  private static final Pattern CONDITION = Pattern.compile("a([0-5]) (?:& (\\w+) )?(==|!=) (\\w+)");

  private static final class Loaded {
    static final List<ProfileRow> ROWS = load();
  }

  static List<ProfileRow> table() {
    return Loaded.ROWS;
  }

  boolean appliesTo(Set<Capability> capabilities) {
    return capability == null || capabilities.contains(capability);
  }

  SeccompSyscall rule() {
    List<SeccompArg> args = condition == null ? List.of() : List.of(condition);
    return new SeccompSyscall(List.of(call), SeccompAction.SCMP_ACT_ALLOW, null, args);
  }

  private static List<ProfileRow> load() {
    try (InputStream in =
        Objects.requireNonNull(ProfileRow.class.getResourceAsStream(TABLE), TABLE)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().filter(line -> !line.startsWith("#")).map(ProfileRow::parse).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + TABLE, e);
    }
  }

  static ProfileRow parse(String line) {
    List<String> columns = List.of(line.split("\t", -1));
    if (columns.size() != 4) {
      throw new IllegalArgumentException(TABLE + ": not four columns: " + line);
    }
    return new ProfileRow(
        columns.get(0),
        columns.get(1).equals("-") ? null : Capability.valueOf(columns.get(1)),
        columns.get(2).equals("-") ? null : condition(columns.get(2)),
        columns.get(3).equals("ENOSYS"));
  }

  private static SeccompArg condition(String text) {
    Matcher matcher = CONDITION.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(TABLE + ": not a condition: " + text);
    }
    int index = Integer.parseInt(matcher.group(1));
    long value = Long.decode(matcher.group(4));
    String mask = matcher.group(2);
    boolean equal = matcher.group(3).equals("==");
    if (mask != null) {
      return new SeccompArg(index, Long.decode(mask), value, SeccompArg.Op.SCMP_CMP_MASKED_EQ);
    }
    return new SeccompArg(
        index, value, 0, equal ? SeccompArg.Op.SCMP_CMP_EQ : SeccompArg.Op.SCMP_CMP_NE);
  }
}
