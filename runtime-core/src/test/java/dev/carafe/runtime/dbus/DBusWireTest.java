package dev.carafe.runtime.dbus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class DBusWireTest {
  @Test
  void whatIsWrittenIsRead() throws Exception {
    String signature = "ybiuxtsoga(sv)a{sv}auv";
    List<Object> values =
        List.of(
            (byte) 7,
            true,
            -1,
            2,
            -3L,
            4L,
            "text é",
            "/o",
            "a(sv)",
            List.of(List.of("one", new Variant("b", false)), List.of("two", new Variant("t", 9L))),
            List.of(List.of("key", new Variant("as", List.of("x", "")))),
            List.of(5, 6),
            new Variant("(iv)", List.of(1, new Variant("s", "deep"))));
    byte[] bytes = new DBusWriter().all(signature, values).bytes();
    assertThat(new DBusReader(bytes, ByteOrder.LITTLE_ENDIAN).all(signature)).isEqualTo(values);
  }

  /** By hand from the specification's rules of alignment. */
  @Test
  void arraysOfStructsBeginAtMultiplesOfEight() {
    byte[] bytes = new DBusWriter().all("a(yu)", List.of(List.of(List.of((byte) 1, 2)))).bytes();
    assertThat(HexFormat.of().formatHex(bytes))
        .isEqualTo("08000000" + "00000000" + "01000000" + "02000000");
    byte[] raw = new DBusWriter().one("ay", new byte[] {1, 2}).bytes();
    assertThat(HexFormat.of().formatHex(raw)).isEqualTo("02000000" + "0102");
  }

  @Test
  void brokenBytesAreAnErrorAndNothingElse() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<String> signatures = List.of("a(yv)", "s", "v", "aas", "(sa{sv})", "ay");
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      try {
        new DBusReader(bytes, ByteOrder.LITTLE_ENDIAN).all(signatures.get(i % signatures.size()));
      } catch (DBusException expected) {
        assertThat(expected).hasMessageContaining("malformed");
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", " + HexFormat.of().formatHex(bytes), e);
      }
    }
  }

  @Test
  void signaturesThatEndTooEarlyAreRefused() {
    assertThatThrownBy(() -> Signature.types("a")).hasMessageContaining("not complete");
    assertThatThrownBy(() -> Signature.types("(s")).hasMessageContaining("not closed");
    assertThat(Signature.types("sa{sv}(ii)u")).containsExactly("s", "a{sv}", "(ii)", "u");
  }
}
