package dev.carafe.runtime.dbus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class VariantTextTest {
  private static void reads(String text, String signature, Object value) {
    assertThat(VariantText.parse(text)).isEqualTo(new Variant(signature, value));
  }

  @Test
  void formsHaveTypes() {
    reads("'kill'", "s", "kill");
    reads("\"it's\"", "s", "it's");
    reads("'a\\'b'", "s", "a'b");
    reads("true", "b", true);
    reads(" -7 ", "i", -7);
    reads("0x10", "i", 16);
    reads("1.5", "d", 1.5);
    reads("['a', 'b']", "as", List.of("a", "b"));
    reads("('a', 2)", "(si)", List.of("a", 2));
    reads("<uint32 1>", "v", new Variant("u", 1));
  }

  @Test
  void typesAreSaidBefore() {
    reads("uint64 18446744073709551615", "t", -1L);
    reads("int64 -1", "x", -1L);
    reads("int16 5", "n", (short) 5);
    reads("uint16 65535", "q", (short) -1);
    reads("double 2", "d", 2.0);
    reads("objectpath '/a'", "o", "/a");
    reads("@as []", "as", List.of());
    reads("@a(st) [('x', 3)]", "a(st)", List.of(List.of("x", 3L)));
    assertThat((byte[]) VariantText.parse("[byte 0xff, 0x01]").value()).containsExactly(255, 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "kill",
        "'open",
        "[]",
        "[1, 'a']",
        "uint16 65536",
        "byte 256",
        "7 8",
        "uint64 'x'",
        "(1",
        "<1",
        "{}",
        "@( (1)",
        "@zz 1",
        "99999999999"
      })
  void whatIsNoneIsRefused(String text) {
    assertThatThrownBy(() -> VariantText.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching(".*(expected|D-Bus signature).*");
  }

  @Test
  void whatIsReadCanBeWritten() throws Exception {
    Variant value = VariantText.parse("@a(sd) [('x', 1.5)]");
    byte[] bytes = new DBusWriter().one("v", value).bytes();
    assertThat(new DBusReader(bytes, ByteOrder.LITTLE_ENDIAN).all("v")).containsExactly(value);
  }
}
