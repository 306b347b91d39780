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
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class PlanCodecTest {
  private static final Arbitrary<String> TEXTS =
      Arbitraries.strings().all().excludeChars('\0').ofMaxLength(20).filter(PlanCodecTest::isText);
  private static final Arbitrary<Long> UNSIGNED = Arbitraries.longs().between(0, 0xffff_ffffL);

  private static boolean isText(String text) {
    return text.codePoints()
        .noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
  }

  private static Arbitrary<?> values(Opcode.Field field) {
    return switch (field.type()) {
      case U8 ->
          field.javaType() == boolean.class
              ? Arbitraries.of(true, false)
              : Arbitraries.integers().between(0, 255);
      case U16 -> Arbitraries.integers().between(0, 0xffff);
      case U32 -> UNSIGNED;
      case U64 -> Arbitraries.longs();
      case I32 -> Arbitraries.integers();
      case STR -> TEXTS;
      case BLOB -> Arbitraries.bytes().array(byte[].class).ofMaxSize(40).map(Blob::of);
      case STRINGS -> TEXTS.list().ofMaxSize(4);
      case NUMBERS -> UNSIGNED.list().ofMaxSize(4);
      case IDMAPS ->
          Combinators.combine(UNSIGNED, UNSIGNED, UNSIGNED).as(IdMapping::new).list().ofMaxSize(4);
      case NSSLOTS ->
          Combinators.combine(UNSIGNED, Arbitraries.integers().between(0, 255))
              .as(Op.NsSlot::new)
              .list()
              .ofMaxSize(4);
      case PAIRS -> Combinators.combine(TEXTS, TEXTS).as(Op.Pair::new).list().ofMaxSize(4);
      case RLIMITS ->
          Combinators.combine(
                  Arbitraries.of(Rlimit.Type.class), Arbitraries.longs(), Arbitraries.longs())
              .as(Rlimit::new)
              .list()
              .ofMaxSize(4);
    };
  }

  private static Arbitrary<Plan.Step> steps(Opcode opcode) {
    List<Arbitrary<Object>> fields = new ArrayList<>();
    for (Opcode.Field field : opcode.fields()) {
      fields.add(values(field).asGeneric());
    }
    Arbitrary<Op> op =
        fields.isEmpty()
            ? Arbitraries.just(opcode.create(List.of()))
            : Combinators.combine(fields).as(opcode::create);
    return Combinators.combine(op, Arbitraries.of(true, false)).as(Plan.Step::new);
  }

  @Provide
  Arbitrary<Plan> plans() {
    return Arbitraries.of(Opcode.class)
        .flatMap(PlanCodecTest::steps)
        .list()
        .ofMaxSize(12)
        .map(Plan::new);
  }

  @Property(tries = 500)
  void whatIsEncodedIsDecodedTheSame(@ForAll("plans") Plan plan) throws PlanFormatException {
    assertThat(PlanDecoder.decode(PlanEncoder.encode(plan))).isEqualTo(plan);
  }

  /** Every operation in turn, so that none depends on luck. */
  @Example
  void everyOperationSurvives() throws PlanFormatException {
    for (Opcode opcode : Opcode.values()) {
      Plan plan = new Plan(steps(opcode).list().ofSize(20).sample());
      assertThat(PlanDecoder.decode(PlanEncoder.encode(plan))).as(opcode.name()).isEqualTo(plan);
    }
  }

  @Property(tries = 500)
  void bytesCutOffAreRefused(@ForAll("plans") Plan plan, @ForAll int where) {
    byte[] bytes = PlanEncoder.encode(plan);
    byte[] cut = Arrays.copyOf(bytes, Math.floorMod(where, bytes.length));

    assertThatThrownBy(() -> PlanDecoder.decode(cut)).isInstanceOf(PlanFormatException.class);
  }

  @Property(tries = 500)
  void anyByteChangedIsAPlanOrRefused(
      @ForAll("plans") Plan plan, @ForAll int where, @ForAll byte value) {
    byte[] bytes = PlanEncoder.encode(plan);
    bytes[Math.floorMod(where, bytes.length)] = value;
    try {
      assertThat(PlanDecoder.decode(bytes).steps()).hasSize(plan.steps().size());
    } catch (PlanFormatException refused) {
      assertThat(refused).hasMessageNotContaining("null");
    }
  }

  /** The bytes of one small plan, written out by hand from PROTOCOL.md. */
  @Example
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

  @Example
  void trailingBytesAndOtherVersionsAreRefused() {
    byte[] bytes = PlanEncoder.encode(new Plan(List.of(new Plan.Step(new Op.Exit(), false))));
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    ByteBuffer.wrap(longer).order(ByteOrder.LITTLE_ENDIAN).putInt(12, longer.length);
    byte[] newer = bytes.clone();
    newer[4] = 2;

    assertThatThrownBy(() -> PlanDecoder.decode(longer)).hasMessageContaining("trailing bytes");
    assertThatThrownBy(() -> PlanDecoder.decode(newer)).hasMessage("version 2: expected 1");
  }

  @Example
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
