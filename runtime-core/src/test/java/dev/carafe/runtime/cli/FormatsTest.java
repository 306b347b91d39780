package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.SpecReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    assertThatThrownBy(() -> Quantities.bytes("x", "memory"))
        .hasMessageContaining("invalid value for memory: invalid size: 'x'");
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

  /** CVE-2016-3697, crun's CVE-2026-30892: a text that is no number, or only begins with one. */
  @ParameterizedTest
  @ValueSource(strings = {"root", "0x0", "5 ", "5:", "5:x", "-1", "4294967295", "1000abc", ""})
  void userIdsAreWholeNumbers(String user) throws Exception {
    Command exec = Objects.requireNonNull(Commands.find("exec"));
    Arguments arguments =
        Arguments.parse(
            exec.options(), List.of("-u", user.isEmpty() ? ":" : user, "c", "id"), true);
    Process base =
        SpecReader.parse("{\"cwd\":\"/\"}".getBytes(StandardCharsets.UTF_8), Process.class);
    assertThatThrownBy(() -> ExecProcess.changed(base, List.of("id"), arguments))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("expected a number");
    assertThat(beginning(user)).as("whom strtol(3) would make of it").isNotNegative();
  }

  /** The red twin: the number that a text begins with, 0 without one. */
  private static long beginning(String text) {
    String digits = text.replaceAll("^\\s*-?(\\d*).*$", "$1");
    return digits.isEmpty() ? 0 : Long.parseLong(digits);
  }

  @Test
  void subCgroupsStayBelowTheContainers() throws Exception {
    CgroupLayout v1 = new CgroupLayout.Legacy(Map.of("memory", Path.of("/m")));
    SubCgroups sub = SubCgroups.parse(List.of("memory:/a/b"));
    assertThat(sub.placement(v1, "/c", "/", List.of()).procsFiles())
        .containsExactly("/m/c/a/b/tasks");
    assertThatThrownBy(() -> SubCgroups.parse(List.of("../other")))
        .hasMessageContaining("bad sub cgroup path");
    assertThatThrownBy(
            () -> SubCgroups.parse(List.of("nope:x")).placement(v1, "/c", "/", List.of()))
        .hasMessageContaining("unknown controller nope");
    CgroupLayout v2 = new CgroupLayout.Unified(directory);
    assertThat(SubCgroups.parse(List.of()).placement(v2, "/c", "/c/inner", List.of()).cgroup2Dir())
        .isEqualTo(directory.resolve("c").toString());
    Files.createDirectory(directory.resolve("c"));
    Files.writeString(directory.resolve("c/cgroup.subtree_control"), "memory\n");
    assertThat(SubCgroups.parse(List.of()).placement(v2, "/c", "/c/inner", List.of()).cgroup2Dir())
        .isEqualTo(directory.resolve("c/inner").toString());
  }

  @Test
  void completionKnowsEveryCommandAndOption() {
    String script = CompletionCommand.bash("carafe", Commands.ALL);
    for (Command command : Commands.ALL) {
      assertThat(script).contains(command.name() + ") command=" + command.name());
      command.options().forEach(option -> assertThat(script).contains("--" + option.name()));
    }
    assertThat(script).endsWith("complete -F _carafe carafe\n");
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
