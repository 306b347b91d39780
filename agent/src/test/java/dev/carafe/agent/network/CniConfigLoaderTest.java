package dev.carafe.agent.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CniConfigLoaderTest {
  private static final String GOOD =
      "{\"cniVersion\": \"1.0.0\", \"name\": \"NAME\", \"plugins\": [{\"type\": \"bridge\"}]}";

  @TempDir private Path dir;
  private final CniConfigLoader loader = new CniConfigLoader();

  private void write(String name, String text) throws IOException {
    Files.writeString(dir.resolve(name), text);
  }

  private static CniNetwork networkOf(CniConfig config) {
    CniNetwork network = config.network();
    assertThat(network).isNotNull();
    return network;
  }

  private CniNetwork network() {
    return networkOf(loader.load(dir));
  }

  @Test
  void theFirstValidFileInNameOrderIsTheNetwork() throws Exception {
    write("30-c.conflist", GOOD.replace("NAME", "c"));
    write("20-b.json", GOOD.replace("NAME", "b"));
    write("10-a.conf", "{\"name\": \"a\", \"plugins\": []}");
    write("05-broken.conflist", "{\n  \"name\":\n");
    write("00-other.yaml", "not ours");
    Files.createDirectory(dir.resolve("01-directory.conf"));
    Files.createSymbolicLink(dir.resolve("02-dangling.conf"), dir.resolve("nowhere"));

    CniConfig config = loader.load(dir);

    assertThat(networkOf(config).name()).isEqualTo("b");
    assertThat(config.skipped()).hasSize(2);
    assertThat(config.skipped().get(0)).startsWith("05-broken.conflist:3:1: not valid JSON: ");
    assertThat(config.skipped().get(1))
        .isEqualTo("10-a.conf: /plugins: expected at least one plugin, found []");
  }

  @Test
  void aSinglePluginIsAListOfOne() throws Exception {
    write(
        "10.conf",
        "{\"name\": \"n\", \"type\": \"bridge\", \"bridge\": \"br0\", \"capabilities\": {\"ips\": true}}");

    CniNetwork network = network();

    assertThat(network.version()).isEqualTo(CniVersion.V0_1_0);
    assertThat(network.plugins()).singleElement().extracting(CniPlugin::type).isEqualTo("bridge");
    assertThat(network.plugins().getFirst().capabilities()).containsExactly("ips");
    assertThat(network.plugins().getFirst().config().path("bridge").asText()).isEqualTo("br0");
  }

  @Test
  void theNewestSpokenVersionIsTaken() throws Exception {
    write(
        "1.conf",
        GOOD.replace(
            "\"cniVersion\"",
            "\"cniVersions\": [\"0.4.0\", \"9.9.9\", \"1.1.0\"], \"cniVersion\""));

    assertThat(network().version()).isEqualTo(CniVersion.V1_1_0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}                                                        | /name: expected a string, found nothing",
        "{'name':'a b'}                                            | /name: expected letters, digits, _ . and -",
        "{'name':'n'}                                              | /type: expected a string, found nothing",
        "{'name':'n','type':'../sh'}                               | /type: expected a program's name without a slash",
        "{'name':'n','type':'t','cniVersion':'2.0.0'}              | /cniVersion: expected one of 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0, found \"2.0.0\"",
        "{'name':'n','plugins':[{'type':'t'},{}]}                  | /plugins/1/type: expected a string, found nothing",
        "{'name':'n','type':'t','disableCheck':3}                  | /disableCheck: expected true or false, found 3",
        "{'name':'n','type':'t','capabilities':{'ips':1}}          | /capabilities/ips: expected true or false, found 1",
        "{'name':'n','type':'t'} {}                                | not valid JSON",
      })
  void anInvalidFileIsSkippedWithItsReason(String json, String reason) throws Exception {
    write("10.conflist", json.replace('\'', '"').replace("program\"s", "program's"));

    CniConfig config = loader.load(dir);

    assertThat(config.network()).isNull();
    assertThat(config.skipped()).singleElement().asString().contains(reason);
    assertThat(config.complaint())
        .startsWith("no valid CNI network configuration in " + dir + ": 10.conflist");
  }

  @Test
  void changesAreSeenAndNothingIsReadTwice() throws Exception {
    write("20.conflist", GOOD.replace("NAME", "one"));
    CniConfig before = loader.load(dir);
    assertThat(loader.load(dir)).isSameAs(before);

    write("20.conflist", GOOD.replace("NAME", "three"));
    assertThat(network().name()).isEqualTo("three");

    write("10.conflist", GOOD.replace("NAME", "ten"));
    assertThat(network().name()).isEqualTo("ten");

    Path replacement = dir.resolve("new.tmp");
    Files.writeString(replacement, GOOD.replace("NAME", "net"));
    Files.setLastModifiedTime(replacement, Files.getLastModifiedTime(dir.resolve("10.conflist")));
    Files.move(
        replacement, dir.resolve("10.conflist"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThat(network().name()).isEqualTo("net");

    Files.delete(dir.resolve("10.conflist"));
    assertThat(network().name()).isEqualTo("three");
  }

  @Test
  void anotherDirectoryIsAnotherNetwork() throws Exception {
    write("20.conflist", GOOD.replace("NAME", "one"));
    assertThat(network().name()).isEqualTo("one");

    CniConfig empty = loader.load(Files.createDirectory(dir.resolve("empty")));
    assertThat(empty.network()).isNull();
    assertThat(empty.skipped()).isEqualTo(List.of());
  }
}
