package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.runtime.cgroup.CgroupLayout;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FormatsTest {
  private static final OffsetDateTime TIME = OffsetDateTime.parse("2026-11-22T00:07:28.123Z");

  @TempDir Path directory;

  @Test
  void aLogRecordIsOneLine() {
    PrintStream nowhere =
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    assertThat(new Log(null, true, false, nowhere).line("error", "a \"b\"\nc", TIME))
        .isEqualTo(
            "{\"level\":\"error\",\"msg\":\"a"
                + " \\\"b\\\"\\nc\",\"time\":\"2026-11-22T00:07:28Z\"}\n");
    assertThat(new Log(null, false, false, nowhere).line("error", "a \"b\"", TIME))
        .isEqualTo("time=\"2026-11-22T00:07:28Z\" level=error msg=\"a \\\"b\\\"\"\n");
  }

  @Test
  void aLogFilesErrorsAreOnStandardErrorToo() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream stderr = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    Path file = directory.resolve("log.json");
    Log log = new Log(file, true, false, stderr);

    log.debug("unseen");
    log.error("first");
    log.error("second");

    assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo("first\nsecond\n");
    assertThat(Files.readAllLines(file)).hasSize(2);
    assertThat(Files.readAllLines(file).get(1)).contains("\"msg\":\"second\"");
  }

  @Test
  void tablesHaveColumnsOfTwelveAtLeast() {
    assertThat(
            QueryCommands.layOut(
                List.of(List.of("ID", "PID", "OWNER"), List.of("a-long-name", "1", "r"))))
        .isEqualTo("ID            PID         OWNER\na-long-name   1           r\n");
  }

  @Test
  void psShowsTheContainersLines() throws Exception {
    List<String> lines = List.of("UID   PID CMD", "root    7 sh", "root   77 sh", "root    1 7");
    assertThat(QueryCommands.select(lines, List.of(7))).isEqualTo("UID   PID CMD\nroot    7 sh\n");
    assertThatThrownBy(() -> QueryCommands.select(List.of("UID CMD"), List.of(7)))
        .hasMessage("couldn't find PID field in ps output");
  }

  @Test
  void pidFilesHaveNoNewline() throws Exception {
    Path file = directory.resolve("pid");
    Caller caller = new Caller(1, directory, Map.of());
    PidFile.write(caller, "pid", 4711);
    PidFile.write(caller, "", 1);
    assertThat(file).hasContent("4711").hasSize(4);
    assertThat(directory).isDirectoryNotContaining("glob:**/.pid");
  }

  @Test
  void sizesAndTimes() throws Exception {
    assertThat(Quantities.bytes("-1", "memory")).isEqualTo(-1);
    assertThat(Quantities.bytes("32M", "memory")).isEqualTo(32L << 20);
    assertThat(Quantities.bytes("1.5GiB", "memory")).isEqualTo(3L << 29);
    assertThat(Quantities.bytes("4096", "memory")).isEqualTo(4096);
    assertThatThrownBy(() -> Quantities.bytes("x", "memory")).hasMessageContaining("memory: 'x'");
    assertThat(Quantities.time("1m30s")).isEqualTo(Duration.ofSeconds(90));
    assertThat(Quantities.time("200ms")).isEqualTo(Duration.ofMillis(200));
    assertThatThrownBy(() -> Quantities.time("0s")).hasMessageContaining("greater than 0");
    assertThatThrownBy(() -> Quantities.time("5")).hasMessageContaining("5s");
  }

  @Test
  void aRelativeCgroupIsBesideTheCallersOnV2AndBelowItOnV1() {
    CgroupLayout v2 = new CgroupLayout.Unified(Path.of("/sys/fs/cgroup"));
    CgroupLayout v1 = new CgroupLayout.Legacy(Map.of("memory", Path.of("/m")));
    assertThat(Placements.parent(v2, List.of("0::/a/b"))).isEqualTo("/a");
    assertThat(Placements.parent(v2, List.of("0::/"))).isEqualTo("/");
    assertThat(Placements.parent(v1, List.of("2:memory:/a/b", "1:cpu:/a/b"))).isEqualTo("/a/b");
    assertThat(Placements.parent(v1, List.of("2:memory:/a", "1:cpu:/"))).isEqualTo("/");
  }

  @Test
  void socketActivationCountsForTheCallerOnly() {
    Map<String, String> mine = Map.of("LISTEN_FDS", "2", "LISTEN_PID", "7");
    assertThat(new Caller(7, directory, mine).listenDescriptors()).isEqualTo(2);
    assertThat(new Caller(8, directory, mine).listenDescriptors()).isZero();
    assertThat(new Caller(7, directory, Map.of()).listenDescriptors()).isZero();
  }

  @Test
  void everyCommandHasItsHelp() {
    for (Command command : Commands.ALL) {
      assertThat(Help.command("carafe", command))
          .startsWith("NAME:\n   carafe " + command.name() + " - ");
      assertThat(Help.program("carafe", Commands.ALL)).contains("   " + command.name() + " ");
    }
  }
}
