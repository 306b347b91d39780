package dev.carafe.agent.cli;

import dev.carafe.agent.Main;
import dev.carafe.agent.config.ConfigException;
import dev.carafe.runtime.rdt.cli.RdtCommand;
import io.grpc.StatusRuntimeException;
import java.io.PrintStream;
import java.nio.file.Path;
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

  Carafe(Map<String, String> environment, PrintStream out, PrintStream err) {
    this.environment = Map.copyOf(environment);
    this.out = out;
    this.err = err;
  }

  /** Runs one command. */
  public static void main(String[] args) {
    int code = new Carafe(System.getenv(), System.out, System.err).run(List.of(args));
    System.out.flush();
    // Not exit: nothing here has a shutdown hook worth waiting for, netty's threads included.
    Runtime.getRuntime().halt(code);
  }

  int run(List<String> arguments) {
    if (!arguments.isEmpty() && arguments.getFirst().equals("rdt")) {
      return new RdtCommand().run(arguments.subList(1, arguments.size()), out, err);
    }
    try {
      Invocation invocation = Invocation.parse(arguments);
      switch (invocation.command()) {
        case Invocation.Command.Help _ -> out.print(Invocation.USAGE);
        case Invocation.Command.Version _ -> out.println("carafe " + Main.VERSION);
        case Invocation.Command.ImportImage asked ->
            images(invocation.address(), i -> i.importArchive(asked.archive(), asked.name()));
        case Invocation.Command.ListImages _ -> images(invocation.address(), Images::list);
      }
      return DONE;
    } catch (UsageException | ConfigException wrong) {
      return fail(WRONG_USE, wrong.getMessage());
    } catch (StatusRuntimeException refused) {
      return fail(REFUSED, sentence(refused));
    }
  }

  private void images(@Nullable String address, java.util.function.Consumer<Images> action)
      throws UsageException, ConfigException {
    Path socket = Address.socket(address, environment);
    try (Connection connection = Connection.to(socket)) {
      action.accept(new Images(connection.channel(), socket, out));
    }
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
