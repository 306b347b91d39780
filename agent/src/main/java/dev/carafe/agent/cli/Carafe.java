package dev.carafe.agent.cli;

import dev.carafe.agent.Main;
import dev.carafe.agent.admin.v1.ReloadRequest;
import dev.carafe.agent.admin.v1.ReloadResponse;
import dev.carafe.agent.check.Preflight;
import dev.carafe.agent.config.ConfigException;
import dev.carafe.agent.config.ConfigLoader;
import dev.carafe.agent.config.Flags;
import dev.carafe.agent.log.LogConfiguration;
import dev.carafe.runtime.rdt.cli.RdtCommand;
import io.grpc.StatusRuntimeException;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code carafe}: exit codes are in its usage. */
public final class Carafe {
  private static final int DONE = 0;
  private static final int REFUSED = 1;
  private static final int WRONG_USE = 2;

  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;

  /**
   * The commands, for a program of this process.
   *
   * @param terminal whether a person looks at {@code out}
   */
  public Carafe(
      Map<String, String> environment, PrintStream out, PrintStream err, boolean terminal) {
    this.environment = Map.copyOf(environment);
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  /** A command that talks to carafed. */
  private interface Action {
    /** Does it; returns the exit code. */
    int run(Client client) throws IOException, InterruptedException, UsageException;
  }

  /** Runs one command. */
  public static void main(String[] args) {
    LogConfiguration.use();
    int code = new Carafe(System.getenv(), System.out, System.err, isTerminal()).run(List.of(args));
    System.out.flush();
    // Not exit: nothing here has a shutdown hook worth waiting for, netty's threads included.
    Runtime.getRuntime().halt(code);
  }

  @SuppressWarnings("SystemConsoleNull") // Java 25 is back at null where nobody sits (JDK-8351435).
  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  /** Runs one command; returns its exit code. */
  public int run(List<String> arguments) {
    if (!arguments.isEmpty() && arguments.getFirst().equals("rdt") && !asksCarafed(arguments)) {
      return new RdtCommand().run(arguments.subList(1, arguments.size()), out, err);
    }
    try {
      return run(Invocation.parse(arguments));
    } catch (UsageException | ConfigException wrong) {
      return fail(WRONG_USE, wrong.getMessage());
    } catch (StatusRuntimeException refused) {
      return fail(REFUSED, sentence(refused));
    } catch (IOException failure) {
      return fail(REFUSED, failure.getClass().getSimpleName() + ": " + failure.getMessage());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return REFUSED;
    }
  }

  /** Of the commands of rdt some need no carafed; they have a parser of their own. */
  private static boolean asksCarafed(List<String> arguments) {
    return Arrays.stream(Command.values())
        .map(Command::words)
        .anyMatch(words ->
            arguments.size() >= 2 && words.size() == 2 && words.equals(arguments.subList(0, 2)));
  }

  private int run(Invocation asked)
      throws UsageException, ConfigException, IOException, InterruptedException {
    return switch (asked.command()) {
      case HELP -> print(Usage.text());
      case VERSION -> print("carafe " + Main.VERSION + "\n");
      case COMPLETION -> print(Completion.script(asked.operand()));
      case CHECK -> check(asked);
      case STATUS ->
          client(asked, c -> new NodeState(c, out).print(asked.has(Option.JSON)) ? DONE : REFUSED);
      case TOP -> client(asked, c -> top(c, asked));
      case INSPECT ->
          client(
              asked,
              c -> {
                new Inspect(c, out).print(asked.operand());
                return DONE;
              });
      case LOGS -> client(asked, c -> logs(c, asked));
      case IMAGE_PULL ->
          transfer(asked, t -> t.pull(asked.operand(), asked.value(Option.AUTH_FILE)));
      case IMAGE_IMPORT ->
          transfer(asked, t -> t.importArchive(asked.operand(), asked.value(Option.NAME)));
      case IMAGE_EXPORT ->
          transfer(asked, t -> t.export(asked.operand(), asked.value(Option.OUTPUT)));
      case IMAGE_RM ->
          client(
              asked,
              c -> {
                new Images(c, out).remove(asked.operand());
                return DONE;
              });
      case RDT_TOP -> client(asked, c -> rdtTop(c, asked));
      case RDT_LS ->
          client(
              asked,
              c -> {
                new RdtClassList(c, out).print(asked.has(Option.JSON));
                return DONE;
              });
      case RELOAD -> client(asked, this::reload);
      case IMAGE_LS ->
          client(
              asked,
              c -> {
                new Images(c, out).list(asked.has(Option.JSON));
                return DONE;
              });
    };
  }

  /** A command that moves an image. */
  private interface Transfer {
    void run(ImageTransfers transfers) throws IOException, UsageException;
  }

  private int transfer(Invocation asked, Transfer transfer)
      throws UsageException, ConfigException, IOException, InterruptedException {
    boolean json = asked.has(Option.JSON);
    return client(
        asked,
        c -> {
          transfer.run(new ImageTransfers(c, out, ProgressBars.on(err, terminal), json));
          return DONE;
        });
  }

  private int reload(Client client) {
    ReloadResponse outcome = client.node(node -> node.reload(ReloadRequest.getDefaultInstance()));
    if (!outcome.getAccepted()) {
      return fail(REFUSED, outcome.getMessage());
    }
    out.println(outcome.getMessage());
    return DONE;
  }

  private int check(Invocation asked) throws ConfigException, InterruptedException {
    String file = asked.value(Option.CONFIG);
    Flags flags = file == null ? Flags.none() : Flags.parse(List.of("--config", file));
    boolean good =
        new Check(out).print(new Preflight(ConfigLoader.load(flags)).run(), asked.has(Option.JSON));
    return good ? DONE : REFUSED;
  }

  private int top(Client client, Invocation asked) throws InterruptedException, UsageException {
    int seconds = asked.number(Option.INTERVAL, 1, 3600, 2);
    Top top = new Top(client, out);
    if (asked.has(Option.ONCE) || asked.has(Option.JSON)) {
      top.once(asked.has(Option.JSON));
    } else {
      top.watch(seconds);
    }
    return DONE;
  }

  private int rdtTop(Client client, Invocation asked) throws InterruptedException, UsageException {
    int seconds = asked.number(Option.INTERVAL, 1, 3600, 2);
    RdtTop top = new RdtTop(client, out);
    if (asked.has(Option.ONCE) || asked.has(Option.JSON)) {
      top.once(asked.has(Option.JSON));
    } else {
      top.watch(seconds);
    }
    return DONE;
  }

  private int logs(Client client, Invocation asked)
      throws IOException, InterruptedException, UsageException {
    int tail = asked.number(Option.TAIL, 0, Integer.MAX_VALUE, -1);
    new Logs(client, out, err)
        .print(
            asked.operand(),
            new Logs.Style(asked.has(Option.FOLLOW), tail, asked.has(Option.TIMESTAMPS)));
    return DONE;
  }

  private int client(Invocation asked, Action action)
      throws UsageException, ConfigException, IOException, InterruptedException {
    try (Client client = Client.of(Address.socket(asked.value(Option.ADDRESS), environment))) {
      return action.run(client);
    }
  }

  private int print(String text) {
    out.print(text);
    return DONE;
  }

  private int fail(int code, @Nullable String message) {
    err.println("carafe: " + message);
    return code;
  }

  private static String sentence(StatusRuntimeException refused) {
    String description = refused.getStatus().getDescription();
    return description == null ? refused.getStatus().getCode().name() : description;
  }
}
