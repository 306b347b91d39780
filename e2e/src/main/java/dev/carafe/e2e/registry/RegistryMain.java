package dev.carafe.e2e.registry;

import dev.carafe.e2e.images.ImageLayout;
import java.io.IOException;
import java.nio.file.Path;

/** Runs the registry as a process, until it is killed. */
public final class RegistryMain {
  private RegistryMain() {}

  /**
   * {@code LAYOUT PORT [CERTS_D]}: serves LAYOUT on 127.0.0.1:PORT (0 is any free one), writes the
   * mirror files of all its registries to CERTS_D, then prints {@code listening on
   * http://127.0.0.1:PORT}.
   */
  public static void main(String[] args) throws IOException {
    if (args.length < 2 || args.length > 3) {
      System.err.println("usage: RegistryMain LAYOUT PORT [CERTS_D]");
      System.exit(2);
    }
    LoopbackRegistry registry =
        LoopbackRegistry.start(ImageLayout.read(Path.of(args[0])), Integer.parseInt(args[1]));
    if (args.length == 3) {
      CertsDirectory.write(Path.of(args[2]), registry.uri(), registry.hosts());
    }
    System.out.println("listening on " + registry.uri());
  }
}
