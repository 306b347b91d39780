package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ids inside the container, 0 to 4294967294, numeric only: names are never looked up
 * (CVE-2016-3697).
 *
 * @param uid user id
 * @param gid group id
 * @param umask file mode creation mask, 0 to 0777; absent is 0022
 * @param additionalGids supplementary groups
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record User(long uid, long gid, @Nullable Integer umask, List<Long> additionalGids) {
  /** Root with no supplementary groups. */
  public static final User ROOT = new User(0, 0, null, List.of());

  public User {
    additionalGids = Values.list(additionalGids);
  }
}
