package dev.carafe.runtime.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the program decides, by an interpreter of its own; that the kernel agrees is CgroupIT's. */
class DeviceFilterTest {
  private static final int READ = DeviceFilter.READ;
  private static final int WRITE = DeviceFilter.WRITE;

  private static DeviceRule rule(
      boolean allow, Device.Type type, @Nullable Long major, @Nullable Long minor, String access) {
    return new DeviceRule(allow, type, major, minor, access);
  }

  private static boolean allows(
      List<DeviceRule> rules, int type, int access, long major, long minor) {
    return DeviceProgram.run(DeviceFilter.compile(rules), type, access, major, minor);
  }

  @Test
  void whatNoRuleNamesIsRefused() {
    assertThat(allows(List.of(), DeviceFilter.CHAR, READ, 1, 3)).isFalse();
  }

  @Test
  void theLastRuleThatNamesDeviceAndAccessDecides() {
    List<DeviceRule> rules =
        List.of(
            rule(false, Device.Type.ALL, null, null, "rwm"),
            rule(true, Device.Type.CHAR, 1L, null, "rw"),
            rule(false, Device.Type.CHAR, 1L, 11L, "w"));
    assertThat(allows(rules, DeviceFilter.CHAR, READ | WRITE, 1, 3)).isTrue();
    assertThat(allows(rules, DeviceFilter.CHAR, READ, 1, 11)).isTrue();
    assertThat(allows(rules, DeviceFilter.CHAR, WRITE, 1, 11)).isFalse();
    assertThat(allows(rules, DeviceFilter.CHAR, READ | WRITE, 1, 11)).isFalse();
    assertThat(allows(rules, DeviceFilter.CHAR, DeviceFilter.MKNOD, 1, 3)).isFalse();
    assertThat(allows(rules, DeviceFilter.BLOCK, READ, 1, 3)).isFalse();
    assertThat(allows(rules, DeviceFilter.CHAR, READ, 2, 3)).isFalse();
  }

  @Test
  void accessesMayBeAllowedByDifferentRules() {
    List<DeviceRule> rules =
        List.of(
            rule(true, Device.Type.BLOCK, 8L, 0L, "r"),
            rule(true, Device.Type.ALL, null, null, "w"));
    assertThat(allows(rules, DeviceFilter.BLOCK, READ | WRITE, 8, 0)).isTrue();
    assertThat(allows(rules, DeviceFilter.BLOCK, READ | WRITE, 8, 1)).isFalse();
  }

  @Test
  void everyProgramDecidesAsTheRulesDo() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 2_000; round++) {
      List<DeviceRule> rules = new ArrayList<>();
      int count = random.nextInt(6);
      for (int i = 0; i < count; i++) {
        rules.add(random(random));
      }
      byte[] program = DeviceFilter.compile(rules);
      for (int type : new int[] {DeviceFilter.BLOCK, DeviceFilter.CHAR}) {
        for (int access = 1; access < 8; access++) {
          long major = random.nextInt(3);
          long minor = random.nextInt(3);
          assertThat(DeviceProgram.run(program, type, access, major, minor))
              .as(
                  "seed %d, %s: type %d access %d of %d:%d",
                  seed, rules, type, access, major, minor)
              .isEqualTo(expected(rules, type, access, major, minor));
        }
      }
    }
  }

  private static DeviceRule random(Random random) {
    List<Device.Type> types = List.of(Device.Type.ALL, Device.Type.BLOCK, Device.Type.CHAR);
    List<String> accesses = List.of("r", "w", "m", "rw", "wm", "rwm");
    Long major = random.nextInt(3) == 0 ? null : (long) random.nextInt(3);
    Long minor = random.nextInt(3) == 0 ? null : (long) random.nextInt(3);
    return rule(
        random.nextBoolean(),
        types.get(random.nextInt(types.size())),
        major,
        minor,
        accesses.get(random.nextInt(accesses.size())));
  }

  private static boolean expected(
      List<DeviceRule> rules, int type, int access, long major, long minor) {
    for (char letter : new char[] {'m', 'r', 'w'}) {
      int bit = letter == 'm' ? DeviceFilter.MKNOD : letter == 'r' ? READ : WRITE;
      boolean allowed = false;
      for (DeviceRule rule : rules) {
        boolean names =
            (rule.type() == Device.Type.ALL
                    || (rule.type() == Device.Type.BLOCK) == (type == DeviceFilter.BLOCK))
                && (rule.major() == null || rule.major() == major)
                && (rule.minor() == null || rule.minor() == minor)
                && String.valueOf(rule.access()).indexOf(letter) >= 0;
        allowed = names ? rule.allow() : allowed;
      }
      if ((access & bit) != 0 && !allowed) {
        return false;
      }
    }
    return true;
  }

  @Test
  void instructionsAsTheKernelNumbersThem() {
    byte[] program = DeviceFilter.compile(List.of(rule(true, Device.Type.CHAR, 1L, 3L, "rw")));
    String[] expected = {
      "6112000000000000", // r2 = access and type
      "bc23000000000000", // r3 = r2
      "54020000ffff0000", // r2 &= 0xffff
      "7403000010000000", // r3 >>= 16
      "6114040000000000", // r4 = major
      "6115080000000000", // r5 = minor
      "5602060002000000", // unless r2 == 2 skip 6
      "5604050001000000", // unless r4 == 1 skip 5
      "5605040003000000", // unless r5 == 3 skip 4
      "5403000001000000", // r3 &= mknod
      "4603020007000000", // if r3 & 7 skip 2
      "b400000001000000", // r0 = 1
      "9500000000000000", // exit
      "b400000000000000", // r0 = 0
      "9500000000000000", // exit
    };
    assertThat(HexFormat.of().formatHex(program)).isEqualTo(String.join("", expected));
  }

  @Test
  void whatAllowsEverythingIsKnown() {
    DeviceRule none = rule(false, Device.Type.ALL, null, null, "rwm");
    DeviceRule all = rule(true, Device.Type.ALL, null, null, "rwm");
    DeviceRule zero = rule(true, Device.Type.CHAR, 1L, 5L, "rwm");
    assertThat(DeviceFilter.allowsEverything(List.of(none, all, zero))).isTrue();
    assertThat(DeviceFilter.allowsEverything(List.of(none, zero))).isFalse();
    assertThat(DeviceFilter.allowsEverything(List.of(all, none))).isFalse();
    assertThat(DeviceFilter.allowsEverything(List.of())).isFalse();
  }

  @Test
  void rulesWithoutMeaningAreRefused() {
    assertThatThrownBy(
            () -> DeviceFilter.compile(List.of(rule(true, Device.Type.FIFO, null, null, "r"))))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("FIFO");
    assertThatThrownBy(
            () -> DeviceFilter.compile(List.of(rule(true, Device.Type.CHAR, 1L << 33, null, "r"))))
        .hasMessageContaining("8589934592");
  }

  @Test
  void onlyTheLettersOfAccessesCount() {
    assertThat(rule(true, Device.Type.CHAR, 1L, 11L, "rwa").letters()).isEqualTo("rw");
    assertThat(rule(true, Device.Type.CHAR, 1L, 11L, "a").letters()).isEmpty();
  }
}
