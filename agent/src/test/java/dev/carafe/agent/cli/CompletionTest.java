package dev.carafe.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.runtime.cli.RuntimeCommands;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts, run by the shell that they are for. */
class CompletionTest {
  @TempDir private Path directory;

  /** What bash offers when the cursor stands after the last of these words. */
  private List<String> offered(String... words) throws Exception {
    Path script = directory.resolve("carafe.bash");
    Files.writeString(script, Completion.script("bash"));
    String line =
        ". %s; COMP_WORDS=(%s); COMP_CWORD=%d; _carafe; printf '%%s\\n' \"${COMPREPLY[@]}\""
            .formatted(script, String.join(" ", words), words.length - 1);
    Process bash = new ProcessBuilder("bash", "-c", line).redirectErrorStream(true).start();
    String said = new String(bash.getInputStream().readAllBytes(), UTF_8);
    assertThat(bash.waitFor()).as(said).isZero();
    return said.lines().filter(word -> !word.isEmpty()).toList();
  }

  @Test
  void bashCompletesCommandsAndOptions() throws Exception {
    assertThat(offered("carafe", "st")).contains("status", "start", "state");
    assertThat(offered("carafe", "image", "''"))
        .containsExactly("pull", "import", "export", "ls", "rm");
    assertThat(offered("carafe", "logs", "--f")).containsExactly("--follow");
    assertThat(offered("carafe", "completion", "z")).containsExactly("zsh");
  }

  @Test
  void everyCommandIsInEveryScript() throws Exception {
    for (String shell : List.of("bash", "zsh", "fish")) {
      for (Command command : Command.values()) {
        assertThat(Completion.script(shell)).as(shell).contains(command.words().getLast());
      }
      for (RuntimeCommands.Row row : RuntimeCommands.rows()) {
        assertThat(Completion.script(shell)).as(shell).contains(row.name());
        assertThat(Usage.text()).contains("\n  " + row.name() + " ").contains(row.summary());
      }
    }
    assertThatThrownBy(() -> Completion.script("tcsh")).hasMessageContaining("bash, zsh or fish");
  }
}
