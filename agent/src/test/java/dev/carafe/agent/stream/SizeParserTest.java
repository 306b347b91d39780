package dev.carafe.agent.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SizeParserTest {
  private final SizeParser parser = new SizeParser();

  private List<Inbox.Input.Size> parse(String text) {
    return parser.parse(text.getBytes(UTF_8));
  }

  @Test
  void objectsMayBeCutAnywhere() {
    String text = "{\"Width\":80,\"Height\":24}\n{\"Width\":132,\"Height\":50}";
    for (int cut = 0; cut <= text.length(); cut++) {
      List<Inbox.Input.Size> sizes = new ArrayList<>(parse(text.substring(0, cut)));
      sizes.addAll(parse(text.substring(cut)));
      assertThat(sizes)
          .as("cut at %d", cut)
          .containsExactly(new Inbox.Input.Size(24, 80), new Inbox.Input.Size(50, 132));
    }
  }

  @Test
  void sizesThatNoTerminalHasAreLeftOut() {
    assertThat(parse("{\"Width\":0,\"Height\":0}{\"Width\":70000,\"Height\":1}{}x}")).isEmpty();
    assertThat(parse("{\"Width\":1,\"Height\":2}")).containsExactly(new Inbox.Input.Size(2, 1));
  }

  @Test
  void rubbishWithoutEndIsNotKept() {
    for (int i = 0; i < 100; i++) {
      assertThat(parse("x".repeat(1000))).isEmpty();
    }
    parse("}");
    assertThat(parse("{\"Width\":1,\"Height\":2}")).containsExactly(new Inbox.Input.Size(2, 1));
  }
}
