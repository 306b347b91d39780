package dev.carafe.agent.oci;

import com.google.protobuf.ByteString;
import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.KeyValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a container's first process is called with: arguments, variables, directory. */
final class Invocation {
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  /** TERM of a process on a terminal. */
  static final String TERM = "xterm";

  private Invocation() {}

  /**
   * Command and arguments. A command replaces the image's entry point and, with it, the image's
   * arguments; arguments alone replace the image's arguments.
   *
   * @throws Failure INVALID when neither names a program
   */
  static List<String> args(ContainerConfig config, ImageContext image) {
    List<String> args = new ArrayList<>();
    if (config.getCommandCount() > 0) {
      args.addAll(config.getCommandList());
      args.addAll(config.getArgsList());
    } else {
      args.addAll(image.entrypoint());
      args.addAll(config.getArgsCount() > 0 ? config.getArgsList() : image.cmd());
    }
    if (args.isEmpty()) {
      throw Failure.invalid(
          "command: no command specified: neither the container nor image %s has one; set command or args"
              .formatted(image.imageRef()));
    }
    for (String arg : args) {
      if (arg.indexOf('\0') >= 0) {
        throw Failure.invalid(
            "command: an argument holds a NUL byte, which no program can be given");
      }
    }
    return List.copyOf(args);
  }

  /**
   * Variables: defaults, then the image's, then the container's, a later value in the place of an
   * earlier one.
   *
   * @param hostname the container's host name
   * @param home the user's home directory
   */
  static List<String> env(
      ContainerConfig config, ImageContext image, String hostname, String home) {
    Map<String, String> env = new LinkedHashMap<>();
    env.put("PATH", PATH);
    if (config.getTty()) {
      env.put("TERM", TERM);
    }
    env.put("HOSTNAME", hostname);
    env.put("HOME", home);
    for (String variable : image.env()) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        env.put(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    for (KeyValue variable : config.getEnvsList()) {
      String key = variable.getKey();
      if (key.isEmpty() || key.indexOf('=') >= 0 || key.indexOf('\0') >= 0) {
        throw Failure.invalid(
            "envs: \"%s\" is no name of a variable; expected one without = and NUL"
                .formatted(key.replace('\0', '?')));
      }
      env.put(key, text(key, variable.getValue()));
    }
    return env.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
  }

  /** The value as text; a secret may be in it, so that messages only say whose it is. */
  private static String text(String key, ByteString value) {
    if (!value.isValidUtf8()) {
      throw Failure.invalid("envs: the value of %s is not UTF-8".formatted(key));
    }
    String text = value.toStringUtf8();
    if (text.indexOf('\0') >= 0) {
      throw Failure.invalid("envs: the value of %s holds a NUL byte".formatted(key));
    }
    return text;
  }

  /** The directory to start in: the container's, else the image's, else the root. */
  static String cwd(ContainerConfig config, ImageContext image) {
    String wanted = config.getWorkingDir();
    if (!wanted.isEmpty()) {
      if (!wanted.startsWith("/")) {
        throw Failure.invalid(
            "working_dir: \"%s\" is not absolute; expected a path from the container's root"
                .formatted(wanted));
      }
      return wanted;
    }
    return image.workingDir().startsWith("/") ? image.workingDir() : "/" + image.workingDir();
  }
}
