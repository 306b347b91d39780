package dev.carafe.e2e.cri;

import dev.carafe.e2e.harness.NodeSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** CNI plugins of shell, in the node's own directory. */
final class ScriptPlugin {
  private static final String CONF = "05-script.conflist";

  private ScriptPlugin() {}

  /** Bridge as ever, but {@code shell} runs first each time; its exit code is not looked at. */
  static void beforeBridge(NodeSettings settings, String shell) throws IOException {
    install(settings, "slowbridge", shell + "\nexec /usr/lib/cni/bridge");
    String conf = Files.readString(settings.cniConf().resolve("10-e2e.conflist"));
    Files.writeString(
        settings.cniConf().resolve(CONF),
        conf.replace("\"type\":\"bridge\"", "\"type\":\"slowbridge\""));
  }

  /** A network of one plugin that is this script. */
  static void only(NodeSettings settings, String shell) throws IOException {
    install(settings, "script", shell);
    Files.writeString(
        settings.cniConf().resolve(CONF),
        """
        {"cniVersion":"1.0.0","name":"script","plugins":[{"type":"script"}]}
        """);
  }

  /** The plain bridge again. */
  static void remove(NodeSettings settings) throws IOException {
    Files.deleteIfExists(settings.cniConf().resolve(CONF));
  }

  private static void install(NodeSettings settings, String name, String shell) throws IOException {
    Path program = settings.cniBin().resolve(name);
    Files.writeString(program, "#!/bin/sh\n" + shell + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
