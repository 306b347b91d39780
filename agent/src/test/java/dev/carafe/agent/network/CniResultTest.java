package dev.carafe.agent.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.agent.Cases;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CniResultTest {
  private static final String FULL =
      """
      {"cniVersion": "1.1.0",
       "interfaces": [
         {"name": "cni0", "mac": "0a:00:00:00:00:01", "mtu": 1400},
         {"name": "eth0", "mac": "0a:00:00:00:00:02", "sandbox": "/run/netns/x", "pciID": "0000:01"}],
       "ips": [
         {"address": "10.0.0.1/24", "interface": 0},
         {"address": "10.0.0.5/24", "gateway": "10.0.0.1", "interface": 1},
         {"address": "fd00::5/64", "interface": 1},
         {"address": "10.1.0.9/32"}],
       "routes": [{"dst": "0.0.0.0/0", "gw": "10.0.0.1", "priority": 5}, {"dst": "::/0"}],
       "dns": {"nameservers": ["10.0.0.10"], "domain": "d", "search": ["s"], "options": ["o"]}}
      """;

  private static CniResult parse(String json) throws IOException, JsonPlace.MalformedException {
    return CniResult.parse(JsonPlace.root(new ObjectMapper().readTree(json)), CniVersion.V1_0_0);
  }

  @Test
  void version110IsReadWithWhatItAdded() throws Exception {
    CniResult result = parse(FULL);

    assertThat(result.podIps()).containsExactly("10.0.0.5", "fd00::5", "10.1.0.9");
    assertThat(result.links().get(1))
        .isEqualTo(new CniResult.Link("eth0", "0a:00:00:00:00:02", "/run/netns/x"));
    assertThat(result.addresses().get(1))
        .isEqualTo(new CniResult.Address("10.0.0.5", 24, "10.0.0.1", 1));
    assertThat(result.routes())
        .containsExactly(
            new CniResult.Route("0.0.0.0/0", "10.0.0.1"), new CniResult.Route("::/0", ""));
    assertThat(result.dns().nameservers()).containsExactly("10.0.0.10");
    assertThat(result.json().at("/interfaces/1/pciID").asText()).isEqualTo("0000:01");
  }

  @Test
  void theDescriptionHasTheShapeThatToolsRead() throws Exception {
    JsonNode description = parse(FULL).describe();

    assertThat(description.at("/Interfaces/eth0/IPConfigs/0"))
        .isEqualTo(
            new ObjectMapper().readTree("{\"IP\": \"10.0.0.5\", \"Gateway\": \"10.0.0.1\"}"));
    assertThat(description.at("/Interfaces/eth0/IPConfigs/1/IP").asText()).isEqualTo("fd00::5");
    assertThat(description.at("/Interfaces/cni0/Sandbox").asText("absent")).isEmpty();
    assertThat(description.at("/DNS/0/domain").asText()).isEqualTo("d");
    assertThat(description.at("/Routes/0/gw").asText()).isEqualTo("10.0.0.1");
  }

  @Test
  void withAnyOneValueReplacedItIsReadOrRefusedWithAPlace() throws Exception {
    List<String> places = new ArrayList<>();
    pointers("", new ObjectMapper().readTree(FULL), places);
    assertThat(places).hasSizeGreaterThan(30);
    int refused = 0;
    for (String place : places) {
      for (String value :
          List.of("null", "7", "-1", "1e99", "true", "\"x\"", "\"/\"", "[]", "[[]]", "{}")) {
        refused += isRefused(place, value) ? 1 : 0;
      }
    }
    assertThat(refused).isGreaterThan(100);
  }

  private static boolean isRefused(String place, String value) throws IOException {
    int slash = place.lastIndexOf('/');
    ObjectNode document = (ObjectNode) new ObjectMapper().readTree(FULL);
    JsonNode replacement = new ObjectMapper().readTree(value);
    switch (document.at(place.substring(0, slash))) {
      case ObjectNode object -> object.set(place.substring(slash + 1), replacement);
      case ArrayNode array -> array.set(Integer.parseInt(place.substring(slash + 1)), replacement);
      default -> throw new AssertionError(place);
    }
    try {
      CniResult.parse(JsonPlace.root(document), CniVersion.V1_1_0).podIps();
      return false;
    } catch (JsonPlace.MalformedException e) {
      assertThat(e).hasMessageStartingWith("/").hasMessageContaining(": expected ");
      return true;
    }
  }

  private static void pointers(String path, JsonNode node, List<String> places) {
    node.properties().forEach(e -> places.add(path + "/" + e.getKey()));
    node.properties().forEach(e -> pointers(path + "/" + e.getKey(), e.getValue(), places));
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      places.add(path + "/" + i);
      pointers(path + "/" + i, node.get(i), places);
    }
  }

  @Test
  void version031SaysTheFamilyAsWell() throws Exception {
    CniResult result =
        parse(
            """
            {"cniVersion": "0.3.1",
             "interfaces": [{"name": "eth0", "sandbox": "/n"}],
             "ips": [{"version": "4", "interface": 0, "address": "10.0.0.5/16", "gateway": "10.0.0.1"}],
             "dns": {}}
            """);

    assertThat(result.podIps()).containsExactly("10.0.0.5");
  }

  @Test
  void version020HasOneAddressAFamily() throws Exception {
    CniResult result =
        parse(
            """
            {"cniVersion": "0.2.0",
             "ip4": {"ip": "10.0.0.5/24", "gateway": "10.0.0.1", "routes": [{"dst": "0.0.0.0/0"}]},
             "ip6": {"ip": "fd00::5/64"}, "dns": {"nameservers": ["10.0.0.1"]}}
            """);

    assertThat(result.podIps()).containsExactly("10.0.0.5", "fd00::5");
    assertThat(result.routes()).containsExactly(new CniResult.Route("0.0.0.0/0", ""));
  }

  @Test
  void withoutAVersionItIsTheNetworks() throws Exception {
    assertThat(parse("{\"ips\": [{\"address\": \"10.0.0.5/24\"}]}").podIps())
        .containsExactly("10.0.0.5");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]                                            | the document: expected a JSON object, found []",
        "{'cniVersion':'9.0.0'}                        | /cniVersion: expected one of 0.1.0, 0.2.0",
        "{'ips':{}}                                    | /ips: expected a list, found {}",
        "{'ips':[7]}                                   | /ips/0/address: expected a string, found nothing",
        "{'ips':[{'address':'10.0.0.5/33'}]}           | /ips/0/address: expected ADDRESS/PREFIX",
        "{'ips':[{'address':'web/24'}]}                | /ips/0/address: expected ADDRESS/PREFIX",
        "{'ips':[{'address':'::1/64','gateway':'x'}]}  | /ips/0/gateway: expected an address, found \"x\"",
        "{'ips':[{'address':'::1/64','interface':0}]}  | /ips/0/interface: expected an index into /interfaces, which has 0, found 0",
        "{'interfaces':[{'mac':'x'}]}                  | /interfaces/0/name: expected a string, found nothing",
        "{'routes':[{'gw':'10.0.0.1'}]}                | /routes/0/dst: expected a string, found nothing",
        "{'dns':{'search':'x'}}                        | /dns/search: expected a list, found \"x\"",
        "{'cniVersion':'0.2.0','ip4':{'ip':'x'}}       | /ip4/ip: expected ADDRESS/PREFIX, found \"x\"",
      })
  void whatIsMalformedIsNamedWithItsPlace(String json, String message) {
    assertThatThrownBy(() -> parse(json.replace('\'', '"')))
        .isInstanceOf(JsonPlace.MalformedException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void whateverStandsInAnAddressIsReadOrRefused() {
    Cases.check(1000, random -> checkAddress(Cases.text(random, 200)));
  }

  private static void checkAddress(String text) throws IOException {
    String json =
        new ObjectMapper()
            .createObjectNode()
            .set(
                "ips", new ObjectMapper().createArrayNode().addObject().put("address", text + "/8"))
            .toString();
    try {
      assertThat(parse(json)).isNotNull();
    } catch (JsonPlace.MalformedException e) {
      assertThat(e).hasMessageStartingWith("/ips");
    }
  }
}
