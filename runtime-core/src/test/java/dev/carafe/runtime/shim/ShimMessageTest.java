package dev.carafe.runtime.shim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The message codes against native/PROTOCOL.md section 3. */
class ShimMessageTest {
  @Test
  void codesAreThoseOfTheProtocolPage() throws IOException {
    Map<Integer, String> ours =
        Arrays.stream(ShimMessage.values())
            .collect(
                Collectors.toMap(
                    ShimMessage::code,
                    message -> message.name().replaceFirst("^STREAM_", ""),
                    (a, b) -> a,
                    TreeMap::new));
    assertThat(ours).isEqualTo(written());
  }

  private static Map<Integer, String> written() throws IOException {
    String page =
        Files.readString(Path.of(System.getProperty("carafe.home"), "native/PROTOCOL.md"));
    String section =
        page.substring(page.indexOf("## 3. The shim protocol"), page.indexOf("\n## 4. "));
    Map<Integer, String> codes = new TreeMap<>();
    Matcher rows = Pattern.compile("(?m)^\\| (\\d+) ([A-Z_]+) \\|").matcher(section);
    while (rows.find()) {
      codes.put(Integer.valueOf(rows.group(1)), rows.group(2));
    }
    String prose = section.substring(section.indexOf("Events: "));
    Matcher words = Pattern.compile("\\b(1[0-2]\\d) ([A-Z_]+)\\b").matcher(prose);
    while (words.find()) {
      codes.put(Integer.valueOf(words.group(1)), words.group(2));
    }
    return codes;
  }
}
