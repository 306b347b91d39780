package dev.carafe.e2e.bench;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * {@code carafe} beside {@code runc} as programs: a container that does nothing, with carafed
 * listening, and without it, when a Java process starts for each command.
 */
final class CommandLine {
  private static final Path BUSYBOX = Path.of("/bin/busybox");
  private static final int RUNS = 9;
  private static final double COLD_LIMIT_MILLIS = 150;
  private static final OptionalDouble NO_SLOWER = OptionalDouble.of(1.0);

  private final Path bundle;
  private final Path log;
  private final Program runc;

  private CommandLine(Path bundle, Path log, Program runc) {
    this.bundle = bundle;
    this.log = log;
    this.runc = runc;
  }

  /**
   * An OCI runtime's command.
   *
   * @param command with its global options
   * @param fronts the socket of the carafed that it asks; "" for none
   */
  private record Program(List<String> command, String fronts) {}

  /** Measures and prints; only a whole tree has the command. */
  static void measure(Installation place, Options options, Report report)
      throws IOException, InterruptedException {
    report.title("The command line: a container that does nothing, %d times".formatted(RUNS));
    Path carafe = options.carafed().resolveSibling("carafe");
    if (!Files.isExecutable(carafe)) {
      report.note("not measured: no %s (make dist)".formatted(carafe));
      return;
    }
    Path work = Files.createDirectories(place.work().resolve("oci"));
    Program runc = new Program(List.of("runc", "--root", work.resolve("runc").toString()), "");
    CommandLine bench = new CommandLine(work.resolve("bundle"), work.resolve("log"), runc);
    List<String> command = List.of(carafe.toString(), "--root", work.resolve("carafe").toString());
    Program cold = new Program(command, "");
    bench.makeBundle(cold, place.cgroup() + "/oci/c");
    try (RuntimeProcess _ = place.carafed("fronts")) {
      Program warm = new Program(command, place.state().resolve("fronts/front.sock").toString());
      report.columns("carafe", "runc", options.blocks());
      bench.compare("run", warm, List.of(List.of("run", "c")), options.blocks(), report);
      List<List<String>> life =
          List.of(List.of("create", "c"), List.of("start", "c"), List.of("delete", "-f", "c"));
      bench.compare("create + start + delete", warm, life, options.blocks(), report);
    }
    List<Double> starts = new ArrayList<>();
    for (int i = 0; i < options.blocks(); i++) {
      starts.add(bench.median(cold, List.of(List.of("run", "c"))));
    }
    report.figure("run without carafed", Timings.median(starts), COLD_LIMIT_MILLIS, "ms");
  }

  private void compare(
      String label, Program ours, List<List<String>> commands, int blocks, Report report)
      throws IOException, InterruptedException {
    List<Double> mine = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    median(ours, commands);
    for (int i = 0; i < blocks; i++) {
      mine.add(median(ours, commands));
      theirs.add(median(runc, commands));
    }
    report.compare(label, mine, theirs, NO_SLOWER);
  }

  /** How long the commands take one after the other, in milliseconds. */
  private double median(Program program, List<List<String>> commands)
      throws IOException, InterruptedException {
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < RUNS; i++) {
      double sum = 0;
      for (List<String> command : commands) {
        sum += millis(program, command);
      }
      millis.add(sum);
    }
    return Timings.median(millis);
  }

  private double millis(Program program, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(program.command());
    words.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(bundle.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("CARAFE_FRONT_SOCKET", program.fronts());
    long begin = System.nanoTime();
    int code = builder.start().waitFor();
    double took = (System.nanoTime() - begin) / 1e6;
    if (code != 0) {
      throw new IOException(
          "%s: exit code %d; its log:%n%s".formatted(words, code, Files.readString(log)));
    }
    return took;
  }

  private void makeBundle(Program carafe, String cgroup) throws IOException, InterruptedException {
    Path rootfs = Files.createDirectories(bundle.resolve("rootfs"));
    Files.copy(BUSYBOX, rootfs.resolve("true"));
    millis(carafe, List.of("spec"));
    JsonMapper mapper = new JsonMapper();
    Path file = bundle.resolve("config.json");
    ObjectNode config = (ObjectNode) requireNonNull(mapper.readTree(file.toFile()), "an object");
    ObjectNode process = (ObjectNode) config.path("process");
    process.put("terminal", false).putArray("args").add("/true");
    ((ObjectNode) config.path("linux")).put("cgroupsPath", cgroup);
    mapper.writeValue(file.toFile(), config);
  }
}
