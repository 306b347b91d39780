package dev.carafe.runtime.cli;

import dev.carafe.runtime.cgroup.CgroupException;
import dev.carafe.runtime.container.Container;
import dev.carafe.runtime.container.ContainerException;
import dev.carafe.runtime.container.Status;
import dev.carafe.runtime.spec.LinuxResources;
import dev.carafe.runtime.spec.LinuxResources.BlockIO;
import dev.carafe.runtime.spec.LinuxResources.Cpu;
import dev.carafe.runtime.spec.LinuxResources.Memory;
import dev.carafe.runtime.spec.LinuxResources.Pids;
import dev.carafe.runtime.spec.SpecException;
import dev.carafe.runtime.spec.SpecReader;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code update}: other limits for a container that runs. */
final class UpdateCommand {
  static final List<Option> OPTIONS =
      List.of(
          Option.value("resources", "r", "file with resources as JSON, - for standard input"),
          Option.integer("blkio-weight", "weight of block I/O, 10 to 1000"),
          Option.value("cpu-period", "CPU period, µs"),
          Option.value("cpu-quota", "CPU quota, µs"),
          Option.value("cpu-burst", "CPU burst, µs"),
          Option.value("cpu-share", "CPU shares"),
          Option.value("cpu-rt-period", "real-time CPU period, µs"),
          Option.value("cpu-rt-runtime", "real-time CPU runtime, µs"),
          Option.value("cpuset-cpus", "CPU list"),
          Option.value("cpuset-mems", "memory node list"),
          Option.value("cpu-idle", "1 for SCHED_IDLE"),
          Option.value("kernel-memory", "obsolete, has no effect"),
          Option.value("kernel-memory-tcp", "obsolete, has no effect"),
          Option.value("memory", "memory limit, bytes"),
          Option.value("memory-reservation", "memory reservation, bytes"),
          Option.value("memory-swap", "memory and swap together, bytes; -1 is no limit"),
          Option.integer("pids-limit", "most tasks"),
          Option.value("l3-cache-schema", "Intel RDT cache schema"),
          Option.value("mem-bw-schema", "Intel RDT memory bandwidth schema"));

  private UpdateCommand() {}

  static int run(Session session, Arguments arguments) throws Exception {
    Container container = session.container(arguments);
    LinuxResources wanted = resources(session, arguments);
    if (arguments.value("kernel-memory") != null || arguments.value("kernel-memory-tcp") != null) {
      session.log().warning("Kernel memory settings are ignored and will be removed");
    }
    if (container.status() == Status.STOPPED) {
      throw new ContainerException(ContainerException.NOT_RUNNING);
    }
    Runnable undo = updateRdt(session, arguments, container);
    try {
      container.cgroup().update(wanted).forEach(session.log()::warning);
    } catch (CgroupException e) {
      undo.run();
      throw e;
    }
    return 0;
  }

  /** These two count also with {@code --resources}, as runc has it. */
  private static Runnable updateRdt(Session session, Arguments arguments, Container container)
      throws Failure, ContainerException, IOException {
    String l3 = arguments.value("l3-cache-schema");
    String memBw = arguments.value("mem-bw-schema");
    if (l3 == null && memBw == null) {
      return () -> {};
    }
    Rdt rdt = Rdt.of(session, container.spec());
    if (rdt == null) {
      requireRdt(session, l3 != null);
      throw new Failure(
          "Intel RDT: updating a non-existent Intel RDT configuration is not supported");
    }
    return rdt.update(container.record().id(), l3, memBw);
  }

  private static void requireRdt(Session session, boolean cache) throws Failure {
    if (!Rdt.isMounted(session)) {
      throw new Failure(
          cache
              ? "Intel RDT/CAT: l3 cache schema is not enabled"
              : "Intel RDT/MBA: memory bandwidth schema is not enabled");
    }
  }

  private static LinuxResources resources(Session session, Arguments arguments)
      throws Failure, IOException, SpecException {
    String file = arguments.value("resources");
    if (file == null || file.isEmpty()) {
      return ofOptions(arguments);
    }
    byte[] json =
        file.equals("-")
            ? session.in().readAllBytes()
            : Files.readAllBytes(session.caller().resolve(file));
    return SpecReader.parse(json, LinuxResources.class);
  }

  static LinuxResources ofOptions(Arguments a) throws Failure {
    Long weight = number(a, "blkio-weight");
    Long pids = number(a, "pids-limit");
    return new LinuxResources(
        List.of(),
        memory(a),
        cpu(a),
        pids == null ? null : new Pids(pids),
        weight == null
            ? null
            : new BlockIO(
                Math.toIntExact(weight),
                null,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of()),
        List.of(),
        null,
        Map.of(),
        Map.of());
  }

  private static @Nullable Memory memory(Arguments a) throws Failure {
    Long limit = bytes(a, "memory");
    Long reservation = bytes(a, "memory-reservation");
    Long swap = bytes(a, "memory-swap");
    return limit == null && reservation == null && swap == null
        ? null
        : new Memory(limit, reservation, swap, null, null, null, null, null, null);
  }

  private static @Nullable Cpu cpu(Arguments a) throws Failure {
    Cpu cpu =
        new Cpu(
            number(a, "cpu-share"),
            number(a, "cpu-quota"),
            number(a, "cpu-burst"),
            number(a, "cpu-period"),
            number(a, "cpu-rt-runtime"),
            number(a, "cpu-rt-period"),
            a.value("cpuset-cpus"),
            a.value("cpuset-mems"),
            number(a, "cpu-idle"));
    Cpu none = new Cpu(null, null, null, null, null, null, null, null, null);
    return cpu.equals(none) ? null : cpu;
  }

  private static @Nullable Long number(Arguments arguments, String option) throws Failure {
    String text = arguments.value(option);
    if (text == null || text.isEmpty()) {
      return null;
    }
    if (!text.matches("-?[0-9]{1,18}")) {
      throw new Failure("invalid value for " + option + ": " + text + ": expected a number");
    }
    return Long.valueOf(text);
  }

  private static @Nullable Long bytes(Arguments arguments, String option) throws Failure {
    String text = arguments.value(option);
    if (text == null || text.isEmpty()) {
      return null;
    }
    return Quantities.bytes(text, option);
  }
}
