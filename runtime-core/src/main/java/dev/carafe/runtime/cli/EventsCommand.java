package dev.carafe.runtime.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.cgroup.CgroupStats;
import dev.carafe.runtime.cgroup.RawStats;
import dev.carafe.runtime.container.Container;
import dev.carafe.runtime.container.Status;
import dev.carafe.runtime.spec.Spec;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code events}: statistics, once or at intervals, and out-of-memory kills, one JSON object a
 * line.
 */
final class EventsCommand {
  private EventsCommand() {}

  static int run(Session session, Arguments arguments) throws Exception {
    Container container = session.container(arguments);
    Duration interval = Quantities.time(arguments.value("interval", "5s"));
    String id = container.record().id();
    if (container.status() == Status.STOPPED) {
      throw new Failure("container with id " + id + " is not running");
    }
    Spec spec = container.spec();
    Cgroup cgroup = container.cgroup();
    CgroupStats stats = cgroup.stats();
    print(
        session, event("stats", id, data(stats, cgroup.rawStats(), Rdt.stats(session, spec, id))));
    while (!arguments.flag("stats")) {
      Thread.sleep(interval);
      if (container.status() == Status.STOPPED) {
        return 0;
      }
      CgroupStats now = cgroup.stats();
      if (now.memory().oomKills() > stats.memory().oomKills()) {
        print(session, event("oom", id, null));
      }
      print(
          session, event("stats", id, data(now, cgroup.rawStats(), Rdt.stats(session, spec, id))));
      stats = now;
    }
    return 0;
  }

  private static void print(Session session, ObjectNode event) {
    session.out().print(event + "\n");
    session.out().flush();
  }

  private static ObjectNode event(String type, String id, @Nullable ObjectNode data) {
    ObjectNode event = Json.object().put("type", type).put("id", id);
    if (data != null) {
      event.set("data", data);
    }
    return event;
  }

  /** runc's names, oddities included: callers decode them by these. */
  static ObjectNode data(CgroupStats stats, RawStats raw, ObjectNode rdt) {
    ObjectNode data = Json.object();
    ObjectNode cpu = data.putObject("cpu");
    ObjectNode usage =
        cpu.putObject("usage")
            .put("total", stats.cpu().usage())
            .put("kernel", stats.cpu().system())
            .put("user", stats.cpu().user());
    putSome(usage, "percpu", raw.cpus());
    putSome(usage, "percpu_kernel", raw.cpusInKernel());
    putSome(usage, "percpu_user", raw.cpusInUser());
    ObjectNode throttling = cpu.putObject("throttling");
    putSome(throttling, "periods", stats.cpu().periods());
    putSome(throttling, "throttledPeriods", stats.cpu().throttledPeriods());
    putSome(throttling, "throttledTime", stats.cpu().throttledTime());
    pressure(cpu, stats.cpuPressure());
    memory(data.putObject("memory"), stats, raw);
    ObjectNode pids = data.putObject("pids");
    putSome(pids, "current", stats.pids().current());
    putSome(pids, "limit", limit(stats.pids().limit()));
    blockIo(data.putObject("blkio"), stats);
    hugePages(data.putObject("hugetlb"), raw.hugePages());
    data.set("intel_rdt", rdt);
    data.putNull("network_interfaces");
    return data;
  }

  /** Swap is reported together with memory, as cgroup v1 counts it. */
  private static void memory(ObjectNode memory, CgroupStats stats, RawStats raw) {
    CgroupStats.Memory m = stats.memory();
    long both =
        m.limit() == CgroupStats.UNLIMITED || m.swapLimit() == CgroupStats.UNLIMITED
            ? CgroupStats.UNLIMITED
            : m.limit() + m.swapLimit();
    memory.put("cache", m.cache());
    usage(memory.putObject("usage"), m.limit(), m.usage(), m.maxUsage(), m.failures());
    usage(memory.putObject("swap"), both, m.usage() + m.swapUsage(), 0, 0);
    usage(memory.putObject("kernel"), CgroupStats.UNLIMITED, m.kernel(), 0, 0);
    usage(memory.putObject("kernelTCP"), CgroupStats.UNLIMITED, 0, 0, 0);
    raw.memory().forEach(memory.putObject("raw")::put);
    pressure(memory, stats.memoryPressure());
  }

  private static void usage(ObjectNode node, long limit, long usage, long max, long failures) {
    node.put("limit", limit);
    putSome(node, "usage", usage);
    putSome(node, "max", max);
    node.put("failcnt", failures);
  }

  private static void hugePages(ObjectNode sizes, List<CgroupStats.HugePages> all) {
    for (CgroupStats.HugePages pages : all) {
      ObjectNode size = sizes.putObject(pages.pageSize());
      putSome(size, "usage", pages.usage());
      putSome(size, "max", Math.max(0, pages.maxUsage()));
    }
  }

  private static void blockIo(ObjectNode node, CgroupStats stats) {
    if (!stats.blockIo().isEmpty()) {
      ArrayNode bytes = node.putArray("ioServiceBytesRecursive");
      ArrayNode operations = node.putArray("ioServicedRecursive");
      for (CgroupStats.BlockIo device : stats.blockIo()) {
        entry(bytes, device, "Read", device.readBytes());
        entry(bytes, device, "Write", device.writeBytes());
        entry(operations, device, "Read", device.reads());
        entry(operations, device, "Write", device.writes());
      }
    }
    pressure(node, stats.ioPressure());
  }

  private static void entry(ArrayNode array, CgroupStats.BlockIo device, String op, long value) {
    array
        .addObject()
        .put("major", device.major())
        .put("minor", device.minor())
        .put("op", op)
        .put("value", value);
  }

  private static void pressure(ObjectNode node, CgroupStats.@Nullable Pressure pressure) {
    if (pressure != null) {
      ObjectNode psi = node.putObject("psi");
      stall(psi.putObject("some"), pressure.some());
      stall(psi.putObject("full"), pressure.full());
    }
  }

  /** The kernel's file counts µs. */
  private static void stall(ObjectNode node, CgroupStats.Stall stall) {
    node.put("avg10", stall.avg10())
        .put("avg60", stall.avg60())
        .put("avg300", stall.avg300())
        .put("total", stall.total() / 1_000);
  }

  private static void putSome(ObjectNode node, String key, long value) {
    if (value != 0) {
      node.put(key, value);
    }
  }

  private static void putSome(ObjectNode node, String key, List<Long> values) {
    if (!values.isEmpty()) {
      values.forEach(node.putArray(key)::add);
    }
  }

  private static long limit(long value) {
    return value == CgroupStats.UNLIMITED ? 0 : value;
  }
}
