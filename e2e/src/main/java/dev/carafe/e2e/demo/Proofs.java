package dev.carafe.e2e.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.carafe.cri.v1.ExecSyncResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** What the pod is, proved by files of the kernel; Carafe's own records are not asked. */
final class Proofs {
  private static final int CONNECT_MILLIS = 5000;
  private static final Set<String> SECURITY = Set.of("NoNewPrivs", "Seccomp", "CapEff", "CapBnd");

  private final Report report;
  private final Setting setting;
  private final DemoPod pod;
  private final long pid;

  Proofs(Report report, Setting setting, DemoPod pod) throws IOException {
    this.report = report;
    this.setting = setting;
    this.pod = pod;
    this.pid = Kernel.init(setting.cgroup(), pod.pour());
  }

  /** The process id of the container that logs, as the host counts. */
  long pid() {
    return pid;
  }

  /** Lines of the log in CRI's format. */
  void log() throws IOException {
    Path file = setting.logs().resolve(DemoPod.POUR_LOG);
    List<String> lines = Files.readAllLines(file);
    boolean good =
        !lines.isEmpty() && lines.getFirst().matches("\\d{4}-\\d\\d-\\d\\dT\\S+ stdout F cup 1");
    report.proof(
        good, "its output is a CRI log", file, lines.subList(0, Math.min(3, lines.size())));
  }

  /** A command in the running container. */
  void exec() {
    List<String> command = List.of("sh", "-c", "hostname; grep -E '^(Pid|NSpid):' /proc/1/status");
    ExecSyncResponse answer = pod.workload().exec(pod.pour(), command);
    String output = answer.getStdout().toString(UTF_8);
    report.proof(
        answer.getExitCode() == 0 && output.startsWith("demo\n") && output.contains("Pid:\t1\n"),
        "exec runs inside: the pod's host name, the container's own pid 1",
        "ExecSync " + String.join(" ", command),
        output.lines().toList());
  }

  /** Memory, CPU, and pids where CRI can say them. */
  void limits() throws IOException {
    String memory = Long.toString(DemoPod.MEMORY_BYTES);
    limit("memory is limited to 64 MiB", memory, "memory.max", "memory.limit_in_bytes");
    if (DemoPod.unified()) {
      String cpu = DemoPod.CPU_QUOTA_US + " " + DemoPod.CPU_PERIOD_US;
      limit("CPU is limited to half of one", cpu, "cpu.max");
      limit("processes are limited", Long.toString(DemoPod.PIDS), "pids.max");
    } else {
      String quota = Long.toString(DemoPod.CPU_QUOTA_US);
      limit("CPU is limited to half of one (per 100000 us)", quota, "cpu.cfs_quota_us");
    }
  }

  private void limit(String claim, String expected, String... names) throws IOException {
    Path file = Kernel.cgroupFile(setting.cgroup(), pod.pour(), names);
    String value = Files.readString(file).strip();
    report.proof(value.equals(expected), claim, file, List.of(value));
  }

  /** The class of service: its tasks and its share. */
  void rdt(Cache cache) throws IOException {
    String self = Long.toString(pid);
    List<String> members = cache.members();
    report.proof(
        members.contains(self),
        "its pid " + self + " runs in RDT class gold [SIMULATED resctrl]",
        cache.tasks(),
        members.stream().limit(4).toList());
    List<String> share = Kernel.lines(cache.schemata(), line -> line.strip().startsWith("L3"));
    report.proof(
        share.size() == 1 && share.getFirst().matches("\\s*L3:0=0*f;1=0*f"),
        "which has 4 of 20 ways of each L3 cache [SIMULATED resctrl]",
        cache.schemata(),
        share);
  }

  /** The pod's address, and what answers there. */
  void network() throws IOException {
    String ip = pod.workload().status().getNetwork().getIp();
    Path routes = Kernel.proc(pid, "net/fib_trie");
    List<String> own = Kernel.lines(routes, line -> line.endsWith("|-- " + ip));
    report.proof(
        !own.isEmpty(),
        "the pod's network namespace owns " + ip,
        routes,
        own.stream().limit(1).map(String::strip).toList());
    ExecSyncResponse page =
        pod.workload()
            .exec(
                pod.pour(),
                List.of(
                    "wget", "-q", "-O", "-", "http://" + ip + ":" + DemoPod.PORT + "/hostname"));
    report.proof(
        page.getStdout().toString(UTF_8).strip().equals("demo"),
        "container pour asks container serve over TCP",
        "ExecSync wget http://" + ip + ":" + DemoPod.PORT + "/hostname",
        page.getStdout().concat(page.getStderr()).toString(UTF_8).lines().toList());
    SocketAddress address = new InetSocketAddress(ip, DemoPod.PORT);
    try (Socket socket = new Socket()) {
      socket.connect(address, CONNECT_MILLIS);
      report.proof(
          true,
          "and the host reaches it through the bridge",
          "connect " + address,
          List.of(socket.getLocalAddress().getHostAddress() + " -> " + ip));
    } catch (IOException refused) {
      report.proof(
          false,
          "and the host reaches it through the bridge",
          "connect " + address,
          List.of(String.valueOf(refused.getMessage())));
    }
  }

  /** The sandbox around the process. */
  void security() throws IOException {
    Path status = Kernel.proc(pid, "status");
    List<String> lines =
        Kernel.lines(status, line -> SECURITY.contains(line.substring(0, line.indexOf(':'))));
    report.proof(
        lines.containsAll(
            List.of(
                "CapEff:\t0000000000000400",
                "CapBnd:\t0000000000000400",
                "NoNewPrivs:\t1",
                "Seccomp:\t2")),
        "it has one capability (NET_BIND_SERVICE), no new ones, and a seccomp filter",
        status,
        lines);
  }

  /** The program that launched it, which a container can't overwrite. */
  void shim() throws IOException {
    Path program = Kernel.proc(Kernel.parent(pid), "exe");
    String target = Files.readSymbolicLink(program).toString();
    report.proof(
        target.startsWith("/memfd:carafe-shim"),
        "its parent is the pod's shim, a C program run from a sealed memfd",
        program,
        List.of(target));
  }
}
