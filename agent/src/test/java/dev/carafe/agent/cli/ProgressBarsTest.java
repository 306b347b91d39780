package dev.carafe.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.admin.v1.BlobProgress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressBarsTest {
  private static final String ONE = "sha256:" + "1".repeat(64);
  private static final String TWO = "sha256:" + "2".repeat(64);

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final AtomicLong clock = new AtomicLong(5);

  private ProgressBars bars(boolean terminal) {
    return new ProgressBars(new PrintStream(out, true, UTF_8), terminal, clock::get);
  }

  private static BlobProgress blob(String digest, long size, long done, String state) {
    return BlobProgress.newBuilder()
        .setDigest(digest)
        .setSize(size)
        .setDone(done)
        .setState(state)
        .build();
  }

  private String said() {
    String said = out.toString(UTF_8);
    out.reset();
    return said;
  }

  @Test
  void onATerminalEachLayerHasALineThatIsDrawnAnew() {
    ProgressBars bars = bars(true);
    bars.show(List.of(blob(ONE, 40_000_000, 10_000_000, "active"), blob(TWO, 1_000, 0, "waiting")));
    assertThat(said())
        .isEqualTo(
            """
            sha256:111111111111 [=====>                  ]   10.0 MB / 40.0 MB   \u001b[K
            sha256:222222222222 [                        ]    0.0 MB / 0.0 MB    waits\u001b[K
            """);

    clock.addAndGet(2_000_000_000);
    bars.show(
        List.of(blob(ONE, 40_000_000, 30_000_000, "active"), blob(TWO, 1_000, 1_000, "done")));
    assertThat(said())
        .isEqualTo(
            """
            \u001b[2Asha256:111111111111 [=================>      ]   30.0 MB / 40.0 MB   10.0 MB/s\u001b[K
            sha256:222222222222 [========================]    0.0 MB / 0.0 MB    done\u001b[K
            """);
  }

  @Test
  void noLineIsWiderThanATerminal() {
    bars(true).show(List.of(blob(ONE, 999_999_000_000L, 999_998_000_000L, "active")));
    assertThat(said().replace("\u001b[K\n", "").length()).isLessThan(80);
  }

  @Test
  void elsewhereALayerIsToldOnceWhenItIsThere() {
    ProgressBars bars = bars(false);
    bars.show(List.of(blob(ONE, 2_500_000, 1, "active"), blob(TWO, 1_000_000, 1, "present")));
    bars.show(List.of(blob(ONE, 2_500_000, 2_500_000, "done"), blob(TWO, 1, 1, "present")));
    bars.show(List.of(blob(ONE, 2_500_000, 2_500_000, "done"), blob(TWO, 1, 1, "present")));
    assertThat(said())
        .isEqualTo("sha256:222222222222 1.0 MB was here\nsha256:111111111111 2.5 MB done\n");
  }
}
