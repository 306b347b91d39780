package dev.carafe.runtime.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What carafe-front starts: the program's name, its directory, then its arguments. */
public final class Main {
  private Main() {}

  /** Runs one command and tells the front the exit code. */
  public static void main(String[] args) throws IOException {
    Front front = Front.inherited();
    List<String> line = Arrays.asList(args);
    int code =
        new Cli(
                line.getFirst(),
                Caller.parent(Path.of(line.get(1))),
                front,
                System.in,
                System.out,
                System.err)
            .run(line.subList(2, line.size()));
    System.out.flush();
    System.err.flush();
    front.exit(code);
    Runtime.getRuntime().halt(code);
  }
}
