package dev.carafe.e2e.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.e2e.Command;
import dev.carafe.e2e.oci.RuntimeTree;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Containers in units of systemd's, in a machine whose process 1 it is: a service that is a
 * container, and a container in a scope of an ordinary user's manager. What is checked says
 * e2e/vm/units.
 */
class UnitsInVmIT {
  private static final int SECONDS = 900;
  private static final int CHECKS = 17;

  @TempDir Path share;

  @Test
  void aServiceIsAContainerAndAUserHasScopes() throws Exception {
    VirtualMachine.assumeLong();
    RuntimeTree.assumePossible(Path.of("/usr/bin/dbus-daemon"));
    assertThat(share.toFile().setExecutable(true, false)).isTrue();
    Path tree = Files.createDirectory(share.resolve("tree"));
    RuntimeTree.installForAnybody(tree);
    Command result =
        VirtualMachine.SYSTEMD.run(
            share,
            SECONDS,
            VirtualMachine.HOME.resolve("e2e/vm/units").toString(),
            tree.toString());
    assertThat(result.exit()).as("%s%n%s", result.stdout(), result.stderr()).isZero();
    assertThat(result.stdout().lines()).hasSize(CHECKS).allMatch(line -> line.startsWith("ok - "));
  }
}
