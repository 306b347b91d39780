package dev.carafe.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.carafe.node.kube.Names;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The chart's files against each other and against the node manager, without helm. */
class ChartTest {
  private static final Path HOME = Path.of(System.getProperty("carafe.home", "."));
  private static final Path CHART = HOME.resolve("helm/carafe");

  private static final Pattern SERIES = Pattern.compile("\\b(carafe|process|jvm)_[a-z_]+");

  private static JsonNode yaml(String file) throws IOException {
    return new YAMLMapper().readTree(CHART.resolve(file).toFile());
  }

  /** Names that the schema lists at a level; values may leave out what has no default. */
  private static void same(String place, JsonNode values, JsonNode schema) {
    Set<String> listed = new TreeSet<>();
    schema.path("properties").fieldNames().forEachRemaining(listed::add);
    listed.remove("global");
    Set<String> given = new TreeSet<>();
    values.fieldNames().forEachRemaining(given::add);
    assertThat(given).as(place).isEqualTo(listed);
    assertThat(schema.path("additionalProperties").asBoolean(true)).as(place).isFalse();
    for (String name : given) {
      JsonNode below = schema.path("properties").path(name);
      if (below.has("properties")) {
        same(place + "." + name, values.path(name), below);
      }
    }
  }

  @Test
  void schemaAndValuesNameTheSameKeys() throws Exception {
    JsonNode schema = new ObjectMapper().readTree(CHART.resolve("values.schema.json").toFile());

    same("values", yaml("values.yaml"), schema);
  }

  @Test
  void theResourceIsTheOneThatIsWatched() throws Exception {
    JsonNode crd = yaml("crds/rdtclassconfigs.yaml");

    assertThat(crd.path("spec").path("group").asText()).isEqualTo(Names.GROUP);
    assertThat(crd.at("/spec/names/kind").asText()).isEqualTo("RdtClassConfig");
    assertThat(crd.at("/spec/versions/0/name").asText()).isEqualTo("v1alpha1");
    assertThat(crd.at("/spec/versions/0/subresources").has("status")).isTrue();
  }

  @Test
  void theChartSetsWhatTheNodeManagerReads() throws Exception {
    String settings =
        Files.readString(HOME.resolve("node/src/main/java/dev/carafe/node/Settings.java"));
    String daemonSet = Files.readString(CHART.resolve("templates/daemonset.yaml"));

    daemonSet
        .lines()
        .filter(line -> line.contains("name: CARAFE_"))
        .map(line -> line.replaceAll(".*name: (CARAFE_[A-Z_]*).*", "$1"))
        .forEach(name -> assertThat(settings).contains("\"" + name + "\""));
    assertThat(daemonSet).contains("NODE_NAME", "POD_NAMESPACE", "mountPath: /host");
  }

  @Test
  void labelsAreTheNodeManagers() throws Exception {
    assertThat(Files.readString(CHART.resolve("templates/runtimeclass.yaml")))
        .contains(Names.RUNTIME_LABEL + ": ready");
    assertThat(Files.readString(CHART.resolve("templates/NOTES.txt")))
        .contains(Names.RUNTIME_LABEL, Names.BUILD_LABEL, Names.FAILURE_ANNOTATION);
  }

  @Test
  void theTestsPodIsNotTheDaemonSets() throws Exception {
    assertThat(Files.readString(CHART.resolve("templates/tests/runs.yaml")))
        .as("a pod that its selector matches is deleted by the DaemonSet")
        .doesNotContain("carafe.labels", "carafe.selector");
  }

  @Test
  void versionsAreThisBuilds() throws Exception {
    String pom = Files.readString(HOME.resolve("pom.xml"));
    String version =
        pom.replaceAll(
            "(?s).*?<artifactId>carafe</artifactId>\\s*<version>(.*?)</version>.*", "$1");

    assertThat(yaml("Chart.yaml").path("appVersion").asText()).isEqualTo(version);
  }

  @Test
  void theDashboardAsksForSeriesThatThereAre() throws Exception {
    JsonNode dashboard =
        new ObjectMapper().readTree(CHART.resolve("files/dashboard.json").toFile());
    Set<String> asked = new TreeSet<>();
    for (JsonNode panel : dashboard.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        Matcher name = SERIES.matcher(target.path("expr").asText());
        while (name.find()) {
          asked.add(name.group());
        }
      }
    }
    StringBuilder code = new StringBuilder();
    try (Stream<Path> files = Files.walk(HOME.resolve("agent/src/main/java/dev/carafe/agent"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        code.append(Files.readString(file));
      }
    }
    assertThat(asked).hasSizeGreaterThan(6);
    for (String name : asked) {
      // Those of RDT are put together from a prefix and the counter's name.
      String base =
          name.replaceAll("_bucket$", "").replaceAll("^carafe_rdt_(llc|mbm).*", "carafe_rdt_");
      assertThat(code.toString()).as(name).contains("\"" + base);
    }
  }
}
