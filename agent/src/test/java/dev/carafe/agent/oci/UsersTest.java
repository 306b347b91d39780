package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.Int64Value;
import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import dev.carafe.cri.v1.SupplementalGroupsPolicy;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UsersTest {
  private static EffectiveUser resolve(
      LinuxContainerSecurityContext.Builder security, String imageUser) {
    return Users.resolve(security.build(), Fixtures.image(imageUser, List.of()), Fixtures.users());
  }

  private static LinuxContainerSecurityContext.Builder nothing() {
    return LinuxContainerSecurityContext.newBuilder();
  }

  private static Int64Value id(long value) {
    return Int64Value.newBuilder().setValue(value).build();
  }

  private static List<Long> ids(String text) {
    return Arrays.stream(text.split(" ")).map(Long::valueOf).toList();
  }

  @ParameterizedTest(name = "USER {0}")
  @CsvSource({
    // critest's four images first
    "1002,                       1002, 0,     '0',          /",
    "www-data,                   33,   33,    '33 26',      /var/www",
    "1003:1004,                  1003, 1004,  '1004',       /",
    "www-data:1004,              33,   1004,  '1004 26',    /var/www",
    "'',                         0,    0,     '0',          /root",
    "1000,                       1000, 1000,  '1000 50000', /home/default-user",
    "1000:group-defined-in-image,1000, 50000, '50000',      /home/default-user",
    "root:,                      0,    0,     '0',          /root",
    ":1004,                      0,    1004,  '1004',       /root",
    "4294967294,                 4294967294, 0, '0',        /",
  })
  void imageUser(String user, long uid, long gid, String groups, String home) {
    assertThat(resolve(nothing(), user)).isEqualTo(new EffectiveUser(uid, gid, ids(groups), home));
  }

  @ParameterizedTest(name = "image {0}, user {1}, name {2}, group {3}")
  @CsvSource({
    "www-data:1004, 1000, '',       ,     1000, 1000, '1000 50000'",
    "www-data:1004, 1000, '',       2000, 1000, 2000, '2000 50000'",
    "'',            1,    '',       ,     1,    1,    '1 26'",
    "'',            77,   '',       ,     77,   0,    '0'",
    "'',            77,   '',       78,   77,   78,   '78'",
    "1002,              , www-data, ,     33,   33,   '33 26'",
    "1002,              , www-data, 5,    33,   5,    '5 26'",
    "www-data,      0,    '',       ,     0,    0,    '0'",
  })
  void containerUserWinsOverTheImage(
      String image, Long user, String name, Long group, long uid, long gid, String groups) {
    LinuxContainerSecurityContext.Builder security = nothing().setRunAsUsername(name);
    if (user != null) {
      security.setRunAsUser(id(user));
    }
    if (group != null) {
      security.setRunAsGroup(id(group));
    }
    EffectiveUser found = resolve(security, image);
    assertThat(found.uid()).isEqualTo(uid);
    assertThat(found.gid()).isEqualTo(gid);
    assertThat(found.groups()).isEqualTo(ids(groups));
  }

  @Test
  void mergedGroupsAreTheImagesAndTheSuppliedOnes() {
    EffectiveUser user = resolve(nothing().setRunAsUser(id(1000)).addSupplementalGroups(1234), "");
    assertThat(user.groups()).containsExactly(1000L, 50000L, 1234L);
    assertThat(user.toCri().getLinux().getSupplementalGroupsList())
        .containsExactly(1000L, 50000L, 1234L);
  }

  @Test
  void strictGroupsAreTheSuppliedOnesAlone() {
    EffectiveUser user =
        resolve(
            nothing()
                .setRunAsUser(id(1000))
                .addSupplementalGroups(1234)
                .setSupplementalGroupsPolicy(SupplementalGroupsPolicy.Strict),
            "");
    assertThat(user.groups()).containsExactly(1000L, 1234L);
  }

  @Test
  void aGroupIsListedOnce() {
    EffectiveUser user =
        resolve(
            nothing()
                .setRunAsUser(id(1000))
                .addSupplementalGroups(50000)
                .addSupplementalGroups(1000),
            "");
    assertThat(user.groups()).containsExactly(1000L, 50000L);
  }

  @ParameterizedTest(name = "image {0}, user {1}, name {2}, group {3}")
  @CsvSource({
    "'',          ,           '',       5,   linux.security_context.run_as_group: 5 without run_as_user",
    "'',          5,          www-data, ,    linux.security_context.run_as_username: \"www-data\" beside run_as_user 5",
    "'',          ,           nobody,   ,    no user \"nobody\" in /etc/passwd of image sha256:cafe",
    "nobody,      ,           '',       ,    image sha256:cafe: USER: no user \"nobody\"",
    "root:nobody, ,           '',       ,    no group \"nobody\"",
    "4294967295,  ,           '',       ,    no user \"4294967295\"",
    "'',          -1,         '',       ,    linux.security_context.run_as_user: -1; expected 0 to 4294967294",
    "'',          4294967295, '',       ,    linux.security_context.run_as_user: 4294967295",
    "'',          0,          '',       -5,  linux.security_context.run_as_group: -5",
  })
  void refused(String image, Long user, String name, Long group, String message) {
    LinuxContainerSecurityContext.Builder security = nothing().setRunAsUsername(name);
    if (user != null) {
      security.setRunAsUser(id(user));
    }
    if (group != null) {
      security.setRunAsGroup(id(group));
    }
    assertThatThrownBy(() -> resolve(security, image))
        .isInstanceOfSatisfying(
            Failure.class, f -> assertThat(f.kind()).isEqualTo(Failure.Kind.INVALID))
        .hasMessageContaining(message);
  }

  @Test
  void supplementalGroupsAreInRange() {
    assertThatThrownBy(() -> resolve(nothing().addSupplementalGroups(-1), ""))
        .hasMessageContaining("linux.security_context.supplemental_groups: -1");
  }

  @Test
  void anUnknownPolicyIsRefused() {
    assertThatThrownBy(() -> resolve(nothing().setSupplementalGroupsPolicyValue(7), ""))
        .hasMessageContaining("linux.security_context.supplemental_groups_policy: 7");
  }

  @Test
  void anImageWithoutAPasswdFileRunsAnyUid() {
    EffectiveUser user =
        Users.resolve(
            nothing().setRunAsUser(id(1000)).build(),
            Fixtures.image("", List.of()),
            new UserDatabase(file -> null));
    assertThat(user).isEqualTo(new EffectiveUser(1000, 0, List.of(0L), "/"));
  }

  @Test
  void linesThatAreNoEntriesAreLeftOut() {
    UserDatabase database =
        Fixtures.users(
            "# comment\nbroken:x:one:1::/:\nshort:x:5\n::7:7::/:\nok:x:8:9::/o:\n+nis::::::\n",
            "bad:x:z:ok\nshort:x\ngood:x:3:ok\n");
    assertThat(database.byName("ok")).isEqualTo(new UserDatabase.Account("ok", 8, 9, "/o"));
    assertThat(database.byName("broken")).isNull();
    assertThat(database.byUid(7)).isNull();
    assertThat(database.byUid(5)).isNull();
    assertThat(database.groupsOf(new UserDatabase.Account("ok", 8, 9, "/o"))).containsExactly(3L);
  }
}
