package dev.carafe.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.Rlimit;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Random plans; a failure names the seed, and {@code -Dcarafe.seed=N} repeats that plan. */
class PlanCodecTest {
  private static final int PLANS = 500;

  private interface Property {
    void check(Plan plan, Random random) throws Exception;
  }

  private static void forPlans(Property property) {
    Long only = Long.getLong("carafe.seed");
    Random seeds = new Random();
    for (int i = 0; i < (only == null ? PLANS : 1); i++) {
      long seed = only == null ? seeds.nextLong() : only;
      Random random = new Random(seed);
      try {
        property.check(plan(random), random);
      } catch (Exception | AssertionError e) {
        throw new AssertionError("plan " + i + " failed; -Dcarafe.seed=" + seed + " repeats it", e);
      }
    }
  }

  private static Plan plan(Random random) {
    Opcode[] opcodes = Opcode.values();
    return new Plan(list(random, 12, () -> step(opcodes[random.nextInt(opcodes.length)], random)));
  }

  private static Plan.Step step(Opcode opcode, Random random) {
    List<Object> fields = new ArrayList<>();
    for (Opcode.Field field : opcode.fields()) {
      fields.add(value(field, random));
    }
    return new Plan.Step(opcode.create(fields), random.nextBoolean());
  }

  private static <T> List<T> list(Random random, int max, Supplier<T> values) {
    return Stream.generate(values).limit(random.nextInt(max + 1)).toList();
  }

  /** As often at the ends as between them. */
  private static long between(Random random, long min, long max) {
    return switch (random.nextInt(4)) {
      case 0 -> min;
      case 1 -> max;
      default -> max - min < 0 ? random.nextLong() : min + random.nextLong(max - min + 1);
    };
  }

  private static long unsigned(Random random) {
    return between(random, 0, 0xffff_ffffL);
  }

  /** Any characters but NUL and halves of pairs. */
  private static String text(Random random) {
    return random
        .ints(1, Character.MAX_CODE_POINT + 1)
        .map(c -> random.nextBoolean() ? 1 + c % 127 : c)
        .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
        .limit(random.nextInt(21))
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static byte[] bytes(Random random) {
    byte[] bytes = new byte[random.nextInt(41)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static Object value(Opcode.Field field, Random random) {
    Rlimit.Type[] limits = Rlimit.Type.values();
    return switch (field.type()) {
      case U8 ->
          field.javaType() == boolean.class
              ? (Object) random.nextBoolean()
              : (Object) (int) between(random, 0, 255);
      case U16 -> (int) between(random, 0, 0xffff);
      case U32 -> unsigned(random);
      case U64 -> between(random, Long.MIN_VALUE, Long.MAX_VALUE);
      case I32 -> (int) between(random, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case STR -> text(random);
      case BLOB -> Blob.of(bytes(random));
      case STRINGS -> list(random, 4, () -> text(random));
      case NUMBERS -> list(random, 4, () -> unsigned(random));
      case IDMAPS ->
          list(
              random, 4, () -> new IdMapping(unsigned(random), unsigned(random), unsigned(random)));
      case NSSLOTS ->
          list(random, 4, () -> new Op.NsSlot(unsigned(random), (int) between(random, 0, 255)));
      case PAIRS -> list(random, 4, () -> new Op.Pair(text(random), text(random)));
      case RLIMITS ->
          list(
              random,
              4,
              () ->
                  new Rlimit(
                      limits[random.nextInt(limits.length)], random.nextLong(), random.nextLong()));
    };
  }

  @Test
  void whatIsEncodedIsDecodedTheSame() {
    forPlans(
        (plan, random) -> assertThat(PlanDecoder.decode(PlanEncoder.encode(plan))).isEqualTo(plan));
  }

  /** Every operation in turn, so that none depends on luck. */
  @Test
  void everyOperationSurvives() throws PlanFormatException {
    Random random = new Random(1);
    for (Opcode opcode : Opcode.values()) {
      Plan plan = new Plan(Stream.generate(() -> step(opcode, random)).limit(20).toList());
      assertThat(PlanDecoder.decode(PlanEncoder.encode(plan))).as(opcode.name()).isEqualTo(plan);
    }
  }

  @Test
  void bytesCutOffAreRefused() {
    forPlans((plan, random) -> {
      byte[] bytes = PlanEncoder.encode(plan);
      byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      assertThatThrownBy(() -> PlanDecoder.decode(cut)).isInstanceOf(PlanFormatException.class);
    });
  }

  @Test
  void anyByteChangedIsAPlanOrRefused() {
    forPlans((plan, random) -> {
      byte[] bytes = PlanEncoder.encode(plan);
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      try {
        assertThat(PlanDecoder.decode(bytes).steps()).hasSize(plan.steps().size());
      } catch (PlanFormatException refused) {
        assertThat(refused).hasMessageNotContaining("null");
      }
    });
  }

  /** The bytes of one small plan, written out by hand from PROTOCOL.md. */
  @Test
  void theLayoutIsThatOfTheProtocol() {
    Plan plan =
        new Plan(
            List.of(
                new Plan.Step(new Op.NsOpen(258, "/n"), true),
                new Plan.Step(new Op.Exit(), false)));

    byte[] expected = {
      'C', 'R', 'F', 'P', 1, 0, 0, 0, 2, 0, 0, 0, 41, 0, 0, 0, // header
      10, 0, 1, 0, 9, 0, 0, 0, 2, 1, 2, 0, 0, 0, '/', 'n', 0, // NS_OPEN, may fail
      64, 0, 0, 0, 0, 0, 0, 0 // EXIT
    };
    assertThat(PlanEncoder.encode(plan)).isEqualTo(expected);
  }

  @Test
  void trailingBytesAndOtherVersionsAreRefused() {
    byte[] bytes = PlanEncoder.encode(new Plan(List.of(new Plan.Step(new Op.Exit(), false))));
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    ByteBuffer.wrap(longer).order(ByteOrder.LITTLE_ENDIAN).putInt(12, longer.length);
    byte[] newer = bytes.clone();
    newer[4] = 2;

    assertThatThrownBy(() -> PlanDecoder.decode(longer)).hasMessageContaining("trailing bytes");
    assertThatThrownBy(() -> PlanDecoder.decode(newer)).hasMessage("version 2: expected 1");
  }

  @Test
  void whatDoesNotFitNamesOperationAndField() {
    Plan nul = new Plan(List.of(new Plan.Step(new Op.Cwd("/a\0b"), false)));
    Plan wide = new Plan(List.of(new Plan.Step(new Op.NsJoin(1, 1L << 32), false)));

    assertThatThrownBy(() -> PlanEncoder.encode(nul))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("operation 0 CWD path: ");
    assertThatThrownBy(() -> PlanEncoder.encode(wide))
        .hasMessageStartingWith("operation 0 NS_JOIN types: ");
  }
}
