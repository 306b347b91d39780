package dev.carafe.e2e.demo;

import static java.util.Objects.requireNonNull;

import dev.carafe.e2e.picture.TerminalPicture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The README's pictures of a run, {@code demo.svg} and {@code top.svg} in a directory. Names that
 * hold a process id or are 64 digits long are shortened in them, and the times of steps, which are
 * the machine's, are left out.
 */
final class DemoPicture {
  private static final String DEMO = "demo.svg";
  private static final String TOP = "top.svg";
  private static final String CLAIM = "  ok   ";

  private final Path directory;

  DemoPicture(Path directory) {
    this.directory = requireNonNull(directory, "directory is null");
  }

  /** Draws a run anew. */
  void record(List<String> transcript) throws IOException {
    write(DEMO, "make demo", transcript);
  }

  /** Draws what commands printed. */
  void recordTop(List<String> lines) throws IOException {
    write(TOP, "carafe top", lines);
  }

  private void write(String name, String title, List<String> lines) throws IOException {
    Files.writeString(
        directory.resolve(name),
        TerminalPicture.draw(title, lines.stream().map(DemoPicture::shortened).toList()));
  }

  private static String shortened(String line) {
    return line.replaceAll("([0-9a-f]{12})[0-9a-f]{52}", "$1...")
        .replaceAll("(/carafe(-demo)?)-[0-9]+", "$1")
        .replaceAll(" \\.{3,} [0-9]+ ms$", "")
        .replace("\t", "  ");
  }

  /** The claims that the picture shows, and not this run, or the other way round. */
  List<String> differences(List<String> transcript) throws IOException {
    List<String> shown = claims(TerminalPicture.text(Files.readString(directory.resolve(DEMO))));
    List<String> made = claims(transcript.stream().map(TerminalPicture::plain).toList());
    return Stream.concat(
            shown.stream().filter(claim -> !made.contains(claim)),
            made.stream().filter(claim -> !shown.contains(claim)))
        .toList();
  }

  /** Numbers in them are a run's own. */
  private static List<String> claims(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith(CLAIM))
        .map(line -> line.substring(CLAIM.length()).replaceAll("[0-9]+", "N"))
        .toList();
  }
}
