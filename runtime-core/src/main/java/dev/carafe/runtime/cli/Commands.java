package dev.carafe.runtime.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The table of commands: runc's names, options and counts of arguments. */
final class Commands {
  private static final String ID = "<container-id>";
  private static final Option CONSOLE =
      Option.value("console-socket", "Unix socket that receives the terminal's master");
  private static final Option PIDFD =
      Option.value("pidfd-socket", "Unix socket that receives a pidfd of the process");
  private static final Option PID_FILE = Option.value("pid-file", "file that gets the process id");
  private static final Option DETACH = Option.flag("detach", "d", "do not wait for the process");
  private static final Option PRESERVE =
      Option.integer("preserve-fds", "number of further descriptors to pass on");
  private static final Option NO_SUBREAPER =
      Option.flag("no-subreaper", "leave orphans of the container to the next subreaper");
  private static final Option FORMAT =
      Option.value("format", "f", "table or json (default: table)");

  private static final List<Option> CREATE =
      List.of(
          Option.value("bundle", "b", "directory of the bundle (default: the current one)"),
          CONSOLE,
          PIDFD,
          PID_FILE,
          Option.flag("no-pivot", "do not use pivot_root"),
          Option.flag("no-new-keyring", "keep the caller's session keyring"),
          PRESERVE);
  private static final List<Option> RUN =
      and(
          CREATE,
          DETACH,
          Option.flag("keep", "keep the container when its process ends"),
          NO_SUBREAPER);
  private static final List<Option> EXEC =
      List.of(
          CONSOLE,
          PIDFD,
          Option.value("cwd", "working directory"),
          Option.list("env", "e", "variable as NAME=VALUE, may be repeated"),
          Option.flag("tty", "t", "give it a terminal"),
          Option.value("user", "u", "uid[:gid]"),
          new Option(
              "additional-gids", "g", Option.Kind.INTEGERS, "further group id, may be repeated"),
          Option.value("process", "p", "file with the process as JSON"),
          DETACH,
          PID_FILE,
          Option.value("process-label", "SELinux label"),
          Option.value("apparmor", "AppArmor profile"),
          Option.flag("no-new-privs", "no new privileges by execve"),
          Option.list("cap", "c", "capability to add, may be repeated"),
          PRESERVE,
          Option.list(
              "cgroup", null, "[controller[,controller]:]path below the container's cgroup"),
          Option.flag("ignore-paused", "exec in a paused container too"));

  /** All commands, in the order of the help. */
  static final List<Command> ALL =
      List.of(
          of(
              "checkpoint",
              ID,
              "checkpoint a running container",
              1,
              1,
              CheckpointCommand.OPTIONS,
              CheckpointCommand::run),
          of(
              "completion",
              "bash",
              "print a completion script",
              1,
              1,
              List.of(),
              CompletionCommand::run),
          of("create", ID, "create a container", 1, 1, CREATE, CreateCommand::create),
          of(
              "delete",
              ID,
              "delete what a container holds",
              1,
              1,
              List.of(Option.flag("force", "f", "kill it if it still runs")),
              LifecycleCommands::delete),
          of(
              "events",
              ID,
              "show statistics and out-of-memory events",
              1,
              1,
              List.of(
                  new Option(
                      "interval",
                      null,
                      Option.Kind.DURATION,
                      "time between statistics (default: 5s)"),
                  Option.flag("stats", "show statistics once")),
              EventsCommand::run),
          new Command(
              "exec",
              ID + " <command> [command options]",
              "run a further process in a container",
              1,
              Command.ANY,
              true,
              EXEC,
              ExecCommand::run),
          of(
              "features",
              "",
              "show what this runtime can do",
              0,
              0,
              List.of(),
              FeaturesCommand::run),
          of(
              "kill",
              ID + " [signal]",
              "send a signal (default: SIGTERM) to the container's init",
              1,
              2,
              List.of(Option.flag("all", "a", "succeed even when it is stopped")),
              LifecycleCommands::kill),
          of(
              "list",
              "",
              "list containers",
              0,
              0,
              List.of(FORMAT, Option.flag("quiet", "q", "ids only")),
              QueryCommands::list),
          of(
              "pause",
              ID,
              "stop every process of a container",
              1,
              1,
              List.of(),
              LifecycleCommands::pause),
          new Command(
              "ps",
              ID + " [ps options]",
              "show the processes of a container",
              1,
              Command.ANY,
              true,
              List.of(FORMAT),
              QueryCommands::ps),
          of(
              "plan",
              "[bundle]",
              "print the launch plan of a bundle (default: the current directory)",
              0,
              1,
              List.of(),
              CreateCommand::plan),
          of(
              "restore",
              ID,
              "restore a checkpointed container",
              1,
              1,
              RestoreCommand.OPTIONS,
              RestoreCommand::run),
          of(
              "resume",
              ID,
              "let a paused container go on",
              1,
              1,
              List.of(),
              LifecycleCommands::resume),
          of("run", ID, "create and start a container", 1, 1, RUN, CreateCommand::run),
          of(
              "spec",
              "",
              "write a new config.json",
              0,
              0,
              List.of(
                  Option.value("bundle", "b", "directory to write to"),
                  Option.flag("rootless", "for an ordinary user")),
              SpecCommand::run),
          of(
              "start",
              ID,
              "run the program of a created container",
              1,
              1,
              List.of(),
              LifecycleCommands::start),
          of("state", ID, "print the state of a container", 1, 1, List.of(), QueryCommands::state),
          of(
              "update",
              ID,
              "change a container's limits",
              1,
              1,
              UpdateCommand.OPTIONS,
              UpdateCommand::run));

  private Commands() {}

  private static Command of(
      String name,
      String usage,
      String summary,
      int min,
      int max,
      List<Option> options,
      Command.Action action) {
    return new Command(name, usage, summary, min, max, false, options, action);
  }

  private static List<Option> and(List<Option> options, Option... more) {
    List<Option> all = new ArrayList<>(options);
    all.addAll(List.of(more));
    return List.copyOf(all);
  }

  /** The command of this name, or null. */
  static @Nullable Command find(String name) {
    return ALL.stream().filter(command -> command.name().equals(name)).findFirst().orElse(null);
  }
}
