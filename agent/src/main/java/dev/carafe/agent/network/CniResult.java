package dev.carafe.agent.network;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What ADD gave (CNI specification 1.1.0, section 5, and its elder forms).
 *
 * @param links the interfaces that were made, the pod's and the host's
 * @param addresses in the plugins' order: the first one of the pod is its primary
 * @param routes that were set in the pod
 * @param dns what the plugins advise
 * @param json as the last plugin printed it; not to be changed
 */
public record CniResult(
    List<Link> links, List<Address> addresses, List<Route> routes, Dns dns, ObjectNode json) {
  public CniResult {
    links = List.copyOf(links);
    addresses = List.copyOf(addresses);
    routes = List.copyOf(routes);
    requireNonNull(dns, "dns");
    requireNonNull(json, "json");
  }

  /**
   * An interface.
   *
   * @param mac may be empty
   * @param sandbox the network namespace's path; empty for one of the host's
   */
  public record Link(String name, String mac, String sandbox) {
    public Link {
      requireNonNull(name, "name");
      requireNonNull(mac, "mac");
      requireNonNull(sandbox, "sandbox");
    }
  }

  /**
   * An address.
   *
   * @param ip as the plugin wrote it, without a prefix
   * @param prefixLength 0 to 32 or 128
   * @param gateway may be empty
   * @param link index of the interface, null when the plugin does not say
   */
  public record Address(String ip, int prefixLength, String gateway, @Nullable Integer link) {
    public Address {
      requireNonNull(ip, "ip");
      requireNonNull(gateway, "gateway");
    }
  }

  /**
   * A route.
   *
   * @param destination with its prefix
   * @param gateway may be empty
   */
  public record Route(String destination, String gateway) {
    public Route {
      requireNonNull(destination, "destination");
      requireNonNull(gateway, "gateway");
    }
  }

  /** Advice about name resolution. */
  public record Dns(
      List<String> nameservers, String domain, List<String> search, List<String> options) {
    public Dns {
      nameservers = List.copyOf(nameservers);
      requireNonNull(domain, "domain");
      search = List.copyOf(search);
      options = List.copyOf(options);
    }
  }

  /**
   * The pod's addresses, the primary first: those of interfaces inside the pod, and those whose
   * interface is not said.
   */
  public List<String> podIps() {
    return addresses.stream().filter(this::isPods).map(Address::ip).distinct().toList();
  }

  private boolean isPods(Address address) {
    return address.link() == null || !links.get(address.link()).sandbox().isEmpty();
  }

  /**
   * What the verbose information of a sandbox calls "cniResult", in the shape that containerd has
   * made known.
   */
  public ObjectNode describe() {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    ObjectNode interfaces = all.putObject("Interfaces");
    for (int i = 0; i < links.size(); i++) {
      Link link = links.get(i);
      ObjectNode entry = interfaces.putObject(link.name());
      entry.put("Mac", link.mac()).put("Sandbox", link.sandbox());
      ArrayNode configs = entry.putArray("IPConfigs");
      for (Address address : addresses) {
        if (address.link() != null && address.link() == i) {
          configs.addObject().put("IP", address.ip()).put("Gateway", address.gateway());
        }
      }
    }
    if (json.path("dns").isObject()) {
      all.putArray("DNS").add(json.path("dns").deepCopy());
    }
    ArrayNode list = all.putArray("Routes");
    routes.forEach(r -> list.addObject().put("dst", r.destination()).put("gw", r.gateway()));
    return all;
  }

  /** Reads a result in the form of its own cniVersion, or of the network's where it has none. */
  static CniResult parse(JsonPlace place, CniVersion asked) throws JsonPlace.MalformedException {
    ObjectNode json = place.object();
    JsonPlace written = place.child("cniVersion");
    CniVersion version = CniVersion.parse(written.textOr(asked.text()));
    if (version == null) {
      throw written.wrong("one of " + CniVersion.known());
    }
    Dns dns = dns(place.child("dns"));
    return version.hasPrevResult() ? parseLists(place, dns, json) : parseFamilies(place, dns, json);
  }

  private static CniResult parseLists(JsonPlace place, Dns dns, ObjectNode json)
      throws JsonPlace.MalformedException {
    List<Link> links = new ArrayList<>();
    for (JsonPlace item : place.child("interfaces").items()) {
      links.add(
          new Link(
              item.child("name").text(),
              item.child("mac").textOr(""),
              item.child("sandbox").textOr("")));
    }
    List<Address> addresses = new ArrayList<>();
    for (JsonPlace item : place.child("ips").items()) {
      String gateway = gateway(item.child("gateway"));
      Integer link = linkIndex(item.child("interface"), links.size());
      addresses.add(address(item.child("address"), gateway, link));
    }
    return new CniResult(links, addresses, routes(place.child("routes")), dns, json);
  }

  /** Versions before 0.3.0: at most one address a family. */
  private static CniResult parseFamilies(JsonPlace place, Dns dns, ObjectNode json)
      throws JsonPlace.MalformedException {
    List<Address> addresses = new ArrayList<>();
    List<Route> routes = new ArrayList<>();
    for (JsonPlace family : List.of(place.child("ip4"), place.child("ip6"))) {
      if (!family.isAbsent()) {
        addresses.add(address(family.child("ip"), gateway(family.child("gateway")), null));
        routes.addAll(routes(family.child("routes")));
      }
    }
    return new CniResult(List.of(), addresses, routes, dns, json);
  }

  private static Address address(JsonPlace place, String gateway, @Nullable Integer link)
      throws JsonPlace.MalformedException {
    String text = place.text();
    int prefix = IpText.prefixLength(text);
    if (prefix < 0) {
      throw place.wrong("ADDRESS/PREFIX");
    }
    return new Address(text.substring(0, text.indexOf('/')), prefix, gateway, link);
  }

  private static @Nullable Integer linkIndex(JsonPlace place, int links)
      throws JsonPlace.MalformedException {
    if (place.isAbsent()) {
      return null;
    }
    int index = place.node().isInt() ? place.node().intValue() : -1;
    if (index < 0 || index >= links) {
      throw place.wrong("an index into /interfaces, which has " + links);
    }
    return index;
  }

  private static String gateway(JsonPlace place) throws JsonPlace.MalformedException {
    String text = place.textOr("");
    if (!text.isEmpty() && IpText.bits(text) < 0) {
      throw place.wrong("an address");
    }
    return text;
  }

  private static List<Route> routes(JsonPlace place) throws JsonPlace.MalformedException {
    List<Route> routes = new ArrayList<>();
    for (JsonPlace item : place.items()) {
      routes.add(new Route(item.child("dst").text(), gateway(item.child("gw"))));
    }
    return routes;
  }

  private static Dns dns(JsonPlace place) throws JsonPlace.MalformedException {
    return new Dns(
        place.child("nameservers").texts(),
        place.child("domain").textOr(""),
        place.child("search").texts(),
        place.child("options").texts());
  }
}
