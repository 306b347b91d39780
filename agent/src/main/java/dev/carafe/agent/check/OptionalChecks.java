package dev.carafe.agent.check;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.config.CarafeConfig.WhenMissing;
import dev.carafe.runtime.rdt.RdtException;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.ResctrlInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** What a node may have: Intel RDT, CRIU, systemd. */
final class OptionalChecks {
  private static final int CRIU_SECONDS = 10;

  private OptionalChecks() {}

  static Finding rdt(Host host, CarafeConfig.Rdt rdt) {
    Path root = rdt.resctrlRoot();
    if (Resctrl.present(host.path(root.toString()))) {
      try {
        return Finding.ok("rdt", describe(root, Resctrl.open(host.path(root.toString())).info()));
      } catch (RdtException unreadable) {
        return Finding.warn(
            "rdt", String.valueOf(unreadable.getMessage()), "look at " + root + "/info");
      }
    }
    if (host.fileSystems().contains("resctrl")) {
      return rdt.mount() == CarafeConfig.RdtMount.AUTO
          ? Finding.ok("rdt", "in the kernel; carafed mounts it at " + root)
          : Finding.warn(
              "rdt",
              "in the kernel, not mounted",
              "mount -t resctrl resctrl " + root + ", or set rdt.mount = \"auto\"");
    }
    String found = "neither hardware nor kernel show it";
    return rdt.whenMissing() == WhenMissing.REQUIRE
        ? Finding.warn(
            "rdt",
            found,
            "rdt.when_missing = \"require\": pods that ask for a class are refused here")
        : Finding.note("rdt", found, "nothing to do: pods that ask for a class run without one");
  }

  private static String describe(Path root, ResctrlInfo info) {
    StringBuilder text = new StringBuilder("at " + root + ": ");
    text.append(String.join(", ", new TreeSet<>(info.caches().keySet())));
    if (info.bandwidth() != null) {
      text.append(info.caches().isEmpty() ? "MB" : ", MB");
    }
    if (info.monitoring() != null) {
      text.append(", monitoring");
    }
    return text.append("; ").append(info.classes()).append(" classes beside the root's").toString();
  }

  /** Asks {@code criu check}, where there is one. */
  static Finding criu(Host host) throws InterruptedException {
    if (!host.hasProgram("criu")) {
      return Finding.note(
          "criu", "not installed", "nothing to do, unless containers are to be checkpointed");
    }
    try {
      Process check = new ProcessBuilder("criu", "check").redirectErrorStream(true).start();
      check.getOutputStream().close();
      String said = new String(check.getInputStream().readAllBytes(), UTF_8).strip();
      if (!check.waitFor(CRIU_SECONDS, TimeUnit.SECONDS)) {
        check.destroyForcibly();
        return Finding.note(
            "criu", "criu check does not end", "checkpoints are not to be had here");
      }
      String last = said.lines().reduce("", (a, b) -> b).strip();
      return check.exitValue() == 0
          ? Finding.ok("criu", last)
          : Finding.note(
              "criu",
              "criu check: " + last,
              "checkpoints are not to be had with this kernel and criu");
    } catch (IOException cannot) {
      return Finding.note("criu", String.valueOf(cannot.getMessage()), "install criu again");
    }
  }

  static Finding systemd(Host host) {
    return host.has("/run/systemd/system")
        ? Finding.ok("systemd", "process 1")
        : Finding.note(
            "systemd",
            "not process 1",
            "start carafed by what starts services here; its unit says how it wants to run");
  }
}
