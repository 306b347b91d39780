package dev.carafe.runtime.cli;

import dev.carafe.runtime.cgroup.CgroupException;
import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.container.ContainerException;
import dev.carafe.runtime.container.ContainerStore;
import dev.carafe.runtime.rdt.RdtException;
import dev.carafe.runtime.seccomp.SeccompException;
import dev.carafe.runtime.spec.SpecException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Objects;

/** The command line: options, the command, its failure as callers expect it. */
final class Cli {
  private static final int NO_COMMAND = 3;
  private static final int EXEC_FAILED = 255;

  private final String program;
  private final Caller caller;
  private final Front front;
  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;

  Cli(
      String program,
      Caller caller,
      Front front,
      InputStream in,
      PrintStream out,
      PrintStream err) {
    this.program = Objects.requireNonNull(program, "program");
    this.caller = Objects.requireNonNull(caller, "caller");
    this.front = Objects.requireNonNull(front, "front");
    this.in = Objects.requireNonNull(in, "in");
    this.out = Objects.requireNonNull(out, "out");
    this.err = Objects.requireNonNull(err, "err");
  }

  /** Runs one command line: its exit code. */
  int run(List<String> line) {
    Log log = new Log(null, false, false, err);
    try {
      Arguments global = Arguments.parse(Settings.OPTIONS, line, true);
      log = log(global);
      return dispatch(global, log);
    } catch (UsageException e) {
      out.print(
          "Incorrect Usage. " + e.getMessage() + "\n\n" + Help.program(program, Commands.ALL));
      log.error(String.valueOf(e.getMessage()));
      return 1;
    } catch (Failure e) {
      if (e.ofInit()) {
        err.println(e.getMessage());
      } else {
        log.error(String.valueOf(e.getMessage()));
      }
      return e.code();
    }
  }

  private Log log(Arguments global) throws Failure {
    String format = global.value("log-format", "text");
    if (!format.equals("text") && !format.equals("json")) {
      throw new Failure("invalid log-format: " + format);
    }
    String file = global.value("log");
    boolean toError = file == null || file.isEmpty() || file.equals("/dev/stderr");
    return new Log(
        toError ? null : caller.resolve(String.valueOf(file)),
        format.equals("json"),
        global.flag("debug"),
        err);
  }

  private int dispatch(Arguments global, Log log) throws Failure {
    List<String> rest = global.positional();
    if (global.flag("version")) {
      out.print(Version.text(program));
      return 0;
    }
    if (global.flag("help") || rest.isEmpty()) {
      out.print(Help.program(program, Commands.ALL));
      return 0;
    }
    String name = rest.getFirst();
    if (name.equals("help") || name.equals("h")) {
      return help(rest);
    }
    Command command = Commands.find(name);
    if (command == null) {
      throw new Failure("No help topic for '" + name + "'", NO_COMMAND);
    }
    return run(command, rest.subList(1, rest.size()), Settings.of(global, caller), log);
  }

  private int help(List<String> rest) throws Failure {
    if (rest.size() == 1) {
      out.print(Help.program(program, Commands.ALL));
      return 0;
    }
    Command command = Commands.find(rest.get(1));
    if (command == null) {
      throw new Failure("No help topic for '" + rest.get(1) + "'", NO_COMMAND);
    }
    out.print(Help.command(program, command));
    return 0;
  }

  private int run(Command command, List<String> words, Settings settings, Log log) throws Failure {
    if (asksForHelp(command, words)) {
      out.print(Help.command(program, command));
      return 0;
    }
    Arguments arguments;
    try {
      arguments = Arguments.parse(command.options(), words, command.stops());
    } catch (UsageException e) {
      out.print("Incorrect Usage: " + e.getMessage() + "\n\n" + Help.command(program, command));
      throw new Failure(String.valueOf(e.getMessage()), e);
    }
    checkCount(command, arguments);
    ContainerStore store = new ContainerStore(settings.root(), layout(settings));
    Session session = new Session(program, caller, settings, store, front, log, in, out);
    try {
      return command.action().run(session, arguments);
    } catch (SpecException e) {
      throw failure(command, sentence(e));
    } catch (NoSuchFileException e) {
      throw failure(command, "open " + e.getFile() + ": no such file or directory");
    } catch (AccessDeniedException e) {
      throw failure(command, "open " + e.getFile() + ": permission denied");
    } catch (Failure e) {
      throw e.ofInit() ? e : failure(command, String.valueOf(e.getMessage()));
    } catch (ContainerException
        | CgroupException
        | RdtException
        | SeccompException
        | IOException e) {
      throw failure(command, String.valueOf(e.getMessage()));
    } catch (Exception e) {
      throw failure(command, e.toString());
    }
  }

  /**
   * Who moves into another cgroup of cgroup2 must be able to write in one above both, which of a
   * hybrid is the root: only root of the host can, and its controllers are elsewhere.
   */
  private static CgroupLayout layout(Settings settings) {
    CgroupLayout layout = CgroupLayout.detect(CgroupLayout.DEFAULT_ROOT);
    return layout instanceof CgroupLayout.Hybrid hybrid && !settings.identity().isHostRoot()
        ? hybrid.legacy()
        : layout;
  }

  /** With the words by which callers know runc's refusal of a NUMA policy. */
  private static String sentence(SpecException e) {
    String message = String.valueOf(e.getMessage());
    String field = "linux.memoryPolicy";
    if (!message.startsWith(field)) {
      return message;
    }
    String rest = message.substring(field.length());
    String part =
        rest.startsWith(".flags")
            ? " flag"
            : rest.startsWith(".nodes") ? " node" : rest.contains("mode") ? " mode" : "";
    return "invalid memory policy" + part + ": " + message;
  }

  private static boolean asksForHelp(Command command, List<String> words) {
    for (String word : words) {
      if (word.equals("--") || (command.stops() && !word.startsWith("-"))) {
        return false;
      }
      if (word.equals("--help") || word.equals("-help") || word.equals("-h")) {
        return true;
      }
    }
    return false;
  }

  private void checkCount(Command command, Arguments arguments) throws Failure {
    int count = arguments.positional().size();
    if (count < command.min() || count > command.max()) {
      out.print("Incorrect Usage.\n\n" + Help.command(program, command));
      throw new Failure(
          program + ": \"" + command.name() + "\" requires " + expected(command, count));
    }
  }

  private static String expected(Command command, int count) {
    if (command.min() == command.max()) {
      return "exactly " + command.min() + " argument(s)";
    }
    return count < command.min()
        ? "a minimum of " + command.min() + " argument(s)"
        : "a maximum of " + command.max() + " argument(s)";
  }

  /** create, run and exec say which of them failed; exec's own failures are never a program's. */
  private Failure failure(Command command, String message) {
    return switch (command.name()) {
      case "create", "run" -> new Failure(program + " " + command.name() + " failed: " + message);
      case "exec" -> new Failure("exec failed: " + message, EXEC_FAILED);
      default -> new Failure(message);
    };
  }
}
