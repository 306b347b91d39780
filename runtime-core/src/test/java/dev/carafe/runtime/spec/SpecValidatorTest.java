package dev.carafe.runtime.spec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecValidatorTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static ObjectNode valid() throws Exception {
    try (InputStream in = SpecValidatorTest.class.getResourceAsStream("/plan/default.json")) {
      return (ObjectNode) MAPPER.readTree(Objects.requireNonNull(in));
    }
  }

  private static Spec spec(JsonNode json) throws Exception {
    return SpecReader.parse(json.toString().getBytes(UTF_8));
  }

  @Test
  void theDefaultConfigurationIsValid() throws Exception {
    assertThat(SpecValidator.problems(spec(valid()))).isEmpty();
  }

  /** One member changed to something wrong: exactly one problem, which names the field. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "''|ociVersion|\"2.0.0\"|ociVersion|expected 1.x",
        "''|root|{\"path\":\"\"}|root|expected the path",
        "/process|cwd|\"work\"|process.cwd|expected an absolute path",
        "/process|args|[]|process.args|at least the program",
        "/process|args|[\"a\",\"b\\u0000\"]|process.args[1]|NUL",
        "/process|env|[\"A=1\",\"B\"]|process.env[1]|missing '='",
        "/process|env|[\"=1\"]|process.env[0]|name cannot be empty",
        "/process|user|{\"uid\":4294967295,\"gid\":0}|process.user.uid|expected 0 to 4294967294",
        "/process|user|{\"uid\":0,\"gid\":0,\"umask\":512}|process.user.umask|expected 0 to 511",
        "/process|user|{\"uid\":0,\"gid\":0,\"additionalGids\":[1,-1]}|process.user.additionalGids[1]|expected 0",
        "/process|oomScoreAdj|-1001|process.oomScoreAdj|-1001: expected -1000 to 1000",
        "/process|rlimits|[{\"type\":\"RLIMIT_AS\",\"soft\":2,\"hard\":1}]|process.rlimits[0].soft|hard limit, 1",
        "/process|rlimits|[{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1},{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1}]|process.rlimits[1].type|given twice",
        "/process|capabilities|{\"effective\":[\"CAP_KILL\"]}|process.capabilities.effective|CAP_KILL",
        "/process|ioPriority|{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":8}|process.ioPriority.priority|expected 0 to 7",
        "/process|scheduler|{\"policy\":\"SCHED_FIFO\"}|process.scheduler.priority|expected 1 to 99",
        "/process|scheduler|{\"policy\":\"SCHED_OTHER\",\"nice\":20}|process.scheduler.nice|expected -20 to 19",
        "/process|scheduler|{\"policy\":\"SCHED_OTHER\",\"runtime\":5}|process.scheduler|SCHED_DEADLINE",
        "''|mounts|[{\"destination\":\"/\",\"type\":\"tmpfs\"}]|mounts[0].destination|below the root",
        "''|mounts|[{\"destination\":\"/a\"}]|mounts[0].type|absent",
        "''|mounts|[{\"destination\":\"/a\",\"type\":\"bind\"}]|mounts[0].source|bind mount on /a",
        "''|mounts|[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"a\\u0000b\"]}]|mounts[0].options[0]|NUL",
        "''|mounts|[{\"destination\":\"/proc/net/dev\",\"type\":\"bind\",\"source\":\"/x\"}]|mounts[0].destination|lies in procfs",
        "''|mounts|[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"idmap\"]}]|mounts[0]|expected a bind mount",
        "''|hooks|{\"poststop\":[{\"path\":\"x\"}]}|hooks.poststop[0].path|absolute",
        "''|hooks|{\"prestart\":[{\"path\":\"/x\",\"timeout\":0}]}|hooks.prestart[0].timeout|0: expected 1",
        "/linux|maskedPaths|[\"/ok\",\"bad\"]|linux.maskedPaths[1]|absolute",
        "/linux|uidMappings|[{\"containerID\":0,\"hostID\":1,\"size\":1}]|linux.uidMappings|without a user namespace",
        "/linux|rootfsPropagation|\"public\"|linux.rootfsPropagation|'public'",
        "/linux|devices|[{\"path\":\"/dev/x\",\"type\":\"a\",\"major\":1,\"minor\":1}]|linux.devices[0].type|expected b, c, u or p",
        "/linux|sysctl|{\"kernel.hostname\":\"x\"}|linux.sysctl.kernel.hostname|not of a namespace",
        "/linux|sysctl|{\"vm.swappiness\":\"1\"}|linux.sysctl.vm.swappiness|not of a namespace",
        "/linux|sysctl|{\"net/../kernel/panic\":\"1\"}|linux.sysctl.net/../kernel/panic|not of a namespace",
        "/linux|sysctl|{\"user.max_net_namespaces\":\"1\"}|linux.sysctl.user.max_net_namespaces|expected a USER namespace",
        "/linux|timeOffsets|{\"monotonic\":{\"secs\":1}}|linux.timeOffsets|new time namespace",
        "/linux|intelRdt|{\"closID\":\"a/b\"}|linux.intelRdt.closID|'a/b'",
        "/linux|intelRdt|{\"closID\":\"..\"}|linux.intelRdt.closID|'..'",
        "/linux|intelRdt|{\"l3CacheSchema\":\"L2:0=f\"}|linux.intelRdt.l3CacheSchema|begin with L3:",
        "/linux|intelRdt|{\"schemata\":[\"L3:0=f\\n\"]}|linux.intelRdt.schemata[0]|newline",
        "/linux|memoryPolicy|{\"mode\":\"MPOL_BIND\"}|linux.memoryPolicy.nodes|mode requires at least one node but got 0",
        "/linux|memoryPolicy|{\"mode\":\"MPOL_BIND\",\"nodes\":\"0-\"}|linux.memoryPolicy.nodes|expected a list",
        "/linux|memoryPolicy|{\"mode\":\"MPOL_LOCAL\",\"nodes\":\"0-7\"}|linux.memoryPolicy.nodes|mode requires 0 nodes but got 8",
        "/linux|seccomp|{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}|linux.seccomp.defaultAction|another action",
        "/linux|seccomp|{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/s\",\"syscalls\":[{\"names\":[\"write\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}|linux.seccomp.syscalls[0].action|cannot be used for the write syscall",
        "/linux|seccomp|{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}|linux.seccomp.listenerPath|absent",
      })
  void oneWrongMemberIsOneProblem(
      String pointer, String member, String value, String field, String message) throws Exception {
    ObjectNode json = valid();
    JsonNode object = json.at(pointer.equals("''") ? "" : pointer);
    ((ObjectNode) object).set(member, MAPPER.readTree(value));

    assertThat(SpecValidator.problems(spec(json)))
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.field()).isEqualTo(field);
          assertThat(problem).hasMessageStartingWith(field + ": ").hasMessageContaining(message);
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[{\"type\":\"mount\"},{\"type\":\"network\"},{\"type\":\"ipc\"}]|hostname|expected a uts namespace",
        "[{\"type\":\"uts\"}]|linux.maskedPaths|expected a mount namespace",
        "[{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"uts\"}]|linux.namespaces[2].type|given twice",
        "[{\"type\":\"mount\"},{\"type\":\"uts\",\"path\":\"x\"}]|linux.namespaces[1].path|absolute",
        "[{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"user\"}]|linux.uidMappings|at least one",
      })
  void namespacesGoWithWhatNeedsThem(String namespaces, String field, String message)
      throws Exception {
    ObjectNode json = valid();
    ((ObjectNode) json.at("/linux")).set("namespaces", MAPPER.readTree(namespaces));

    assertThat(SpecValidator.problems(spec(json)))
        .anySatisfy(problem -> {
          assertThat(problem.field()).isEqualTo(field);
          assertThat(problem).hasMessageContaining(message);
        });
  }

  @Test
  void overlappingMappingsAreRefused() throws Exception {
    ObjectNode json = valid();
    ObjectNode linux = (ObjectNode) json.at("/linux");
    linux.withArray("namespaces").add(MAPPER.readTree("{\"type\":\"user\"}"));
    linux.set("gidMappings", MAPPER.readTree("[{\"containerID\":0,\"hostID\":1000,\"size\":10}]"));
    linux.set(
        "uidMappings",
        MAPPER.readTree(
            "[{\"containerID\":0,\"hostID\":1000,\"size\":10},{\"containerID\":10,\"hostID\":1009,\"size\":1}]"));

    assertThat(SpecValidator.problems(spec(json)))
        .singleElement()
        .satisfies(problem -> assertThat(problem.field()).isEqualTo("linux.uidMappings[1]"));
  }

  @Test
  void theFirstProblemIsThrown() throws Exception {
    ObjectNode json = valid();
    json.put("ociVersion", "0.1");
    json.remove("root");

    assertThat(SpecValidator.problems(spec(json))).hasSize(2);
    assertThatThrownBy(() -> SpecValidator.check(spec(json)))
        .isInstanceOf(SpecException.class)
        .hasMessage("ociVersion: '0.1': expected 1.x");
  }
}
