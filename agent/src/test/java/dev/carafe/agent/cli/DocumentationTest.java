package dev.carafe.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.cli.RuntimeCommands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages that people read first, against what is there. */
class DocumentationTest {
  private static final Path HOME = Path.of(System.getProperty("carafe.home", ".."));
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)[^)]*\\)");
  private static final Pattern TARGET = Pattern.compile("(?m)^make ([a-z]+(?:-[a-z]+)*)");
  private static final Pattern COMMAND =
      Pattern.compile("(?m)^(?:\\S*/)?carafe ([a-z]+(?: [a-z]+)?)");

  private static Stream<String> commands() {
    return Stream.of(
            Arrays.stream(Command.values()).map(Command::text),
            RuntimeCommands.rows().stream().map(RuntimeCommands.Row::name),
            Stream.of("rdt check", "rdt plan"))
        .flatMap(names -> names);
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    pages.add(HOME.resolve("README.md"));
    pages.add(HOME.resolve("helm/carafe/README.md"));
    pages.add(HOME.resolve("manifests/README.md"));
    try (Stream<Path> docs = Files.list(HOME.resolve("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    return pages;
  }

  private static List<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(result -> result.group(1)).toList();
  }

  /** What stands between back-quotes or fences. */
  private static String code(String page) {
    StringBuilder code = new StringBuilder();
    Matcher quoted = Pattern.compile("(?s)```\\n(.*?)```|`([^`\\n]+)`").matcher(page);
    while (quoted.find()) {
      code.append(quoted.group(1) != null ? quoted.group(1) : quoted.group(2)).append('\n');
    }
    return code.toString();
  }

  @Test
  void linksLeadToFiles() throws Exception {
    for (Path page : pages()) {
      for (String link : found(LINK, Files.readString(page))) {
        if (!link.contains("://")) {
          assertThat(page.resolveSibling(link)).as("a link of " + page).exists();
        }
      }
    }
  }

  @Test
  void targetsOfMakeAreInTheMakefile() throws Exception {
    String makefile = Files.readString(HOME.resolve("Makefile"));
    int seen = 0;
    for (Path page : pages()) {
      for (String target : found(TARGET, code(Files.readString(page)))) {
        assertThat(makefile).as(page + " says make " + target).contains("\n" + target + ":");
        seen++;
      }
    }
    assertThat(seen).isGreaterThan(10);
  }

  @Test
  void commandsAreCarafes() throws Exception {
    int seen = 0;
    for (Path page : pages()) {
      for (String words : found(COMMAND, code(Files.readString(page)))) {
        boolean known =
            commands().anyMatch(name -> words.equals(name) || words.startsWith(name + " "));
        assertThat(known).as(page + " says carafe " + words).isTrue();
        seen++;
      }
    }
    assertThat(seen).isGreaterThan(8);
  }
}
