package dev.carafe.runtime.rdt.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.carafe.runtime.rdt.RdtException;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.config.RdtConfig;
import dev.carafe.runtime.rdt.config.RdtConfigException;
import dev.carafe.runtime.rdt.config.RdtConfigReader;
import dev.carafe.runtime.rdt.plan.Hardware;
import dev.carafe.runtime.rdt.plan.RdtCheck;
import dev.carafe.runtime.rdt.plan.RdtPlan;
import dev.carafe.runtime.rdt.plan.RdtPlanner;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * {@code carafe rdt check} and {@code carafe rdt plan}: what a configuration file is worth, without
 * touching anything. Exit codes: 0 for a good file, 1 for a refused one (the reason is on stderr),
 * 2 for a wrong command line.
 */
public final class RdtCommand {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final Path defaultRoot;

  /** The command of this machine, whose resctrl root is the default of {@code --resctrl}. */
  public RdtCommand(Path defaultRoot) {
    this.defaultRoot = Objects.requireNonNull(defaultRoot, "defaultRoot");
  }

  /** The command with the usual root. */
  public RdtCommand() {
    this(Resctrl.DEFAULT_ROOT);
  }

  /**
   * Runs the command.
   *
   * @param arguments what follows {@code carafe rdt}
   * @return the exit code
   */
  public int run(List<String> arguments, PrintStream out, PrintStream err) {
    RdtArguments parsed;
    try {
      parsed = RdtArguments.parse(arguments);
    } catch (RdtArguments.UsageException e) {
      err.println("carafe rdt: " + e.getMessage());
      err.print(RdtArguments.USAGE);
      return 2;
    }
    if (parsed.verb() == RdtArguments.Verb.HELP) {
      out.print(RdtArguments.USAGE);
      return 0;
    }
    try {
      run(parsed, out, err);
      return 0;
    } catch (RdtConfigException e) {
      err.println("carafe rdt: " + e.describe(parsed.file().toString()));
    } catch (RdtException e) {
      err.println("carafe rdt: " + e.getMessage());
    } catch (MalformedInputException e) {
      err.println("carafe rdt: " + parsed.file() + " is not UTF-8 text");
    } catch (NoSuchFileException e) {
      err.println("carafe rdt: there is no file " + e.getFile());
    } catch (IOException e) {
      err.println("carafe rdt: cannot read " + parsed.file() + ": " + e.getMessage());
    }
    return 1;
  }

  private void run(RdtArguments arguments, PrintStream out, PrintStream err) throws IOException {
    RdtConfig config = RdtConfigReader.read(Files.readString(arguments.file()));
    config.warnings().forEach(warning -> err.println("warning: " + warning));
    Path tree = arguments.resctrl() == null ? defaultRoot : arguments.resctrl();
    boolean check = arguments.verb() == RdtArguments.Verb.CHECK;
    if (check) {
      RdtCheck.check(config);
    }
    if (check && arguments.resctrl() == null && !Resctrl.present(tree)) {
      out.println(
          arguments.file()
              + ": good; no resctrl at "
              + tree
              + ", so not compared with any hardware");
      return;
    }
    Hardware hardware = Hardware.read(tree, MountedOptions.of(arguments, tree));
    RdtPlan plan = RdtPlanner.plan(config, hardware);
    if (check) {
      out.println(arguments.file() + ": good for the hardware of " + tree);
    } else if (arguments.json()) {
      out.println(json(plan));
    } else {
      new PlanPicture(config, plan, hardware).print(out);
    }
  }

  private static String json(RdtPlan plan) throws JsonProcessingException {
    Map<String, List<String>> lines = new LinkedHashMap<>();
    plan.classes().forEach((name, schemata) -> lines.put(name, schemata.lines()));
    return JSON.writeValueAsString(lines);
  }
}
