package dev.carafe.agent.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.image.layer.TarEntry;
import dev.carafe.agent.image.layer.TarReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TarWriterTest {
  private static TarEntry entry(String name, TarEntry.Type type, long size, String link) {
    return new TarEntry(
        name,
        type,
        size,
        04755,
        -2,
        1000,
        1_700_000_000,
        0,
        link,
        0,
        0,
        Map.of("security.capability", "\u0001\u00ff\u0000x"));
  }

  @Test
  void whatIsWrittenIsReadAgain() throws Exception {
    String deep = "d".repeat(90) + "/" + "n".repeat(90);
    byte[] content = "twelve bytes".getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TarEntry file = entry(deep, TarEntry.Type.FILE, content.length, "");
    TarEntry link = entry("link", TarEntry.Type.SYMLINK, 0, deep);
    TarEntry hard = entry("hard", TarEntry.Type.HARD_LINK, 0, deep);
    TarEntry directory = entry("dir/", TarEntry.Type.DIRECTORY, 0, "");
    try (TarWriter tar = new TarWriter(out)) {
      tar.write(file, new ByteArrayInputStream(content));
      for (TarEntry other : new TarEntry[] {link, hard, directory}) {
        tar.write(other, InputStream.nullInputStream());
      }
    }
    assertThat(out.size() % 512).isZero();
    TarReader in = new TarReader(new ByteArrayInputStream(out.toByteArray()));
    assertThat(in.next()).isEqualTo(file);
    byte[] read = new byte[20];
    assertThat(in.read(read, 0, read.length)).isEqualTo(content.length);
    assertThat(in.next()).isEqualTo(link);
    assertThat(in.next()).isEqualTo(hard);
    assertThat(in.next()).isEqualTo(directory);
    assertThat(in.next()).isNull();
  }

  @Test
  void aFileThatGrowsMeanwhileIsNoticed() {
    TarWriter tar = new TarWriter(new ByteArrayOutputStream());
    assertThatThrownBy(() ->
            tar.write(
                entry("log", TarEntry.Type.FILE, 1, ""), new ByteArrayInputStream(new byte[2])))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("log has 2 bytes, and had 1");
  }
}
