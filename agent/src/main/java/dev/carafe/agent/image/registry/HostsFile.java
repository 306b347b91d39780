package dev.carafe.agent.image.registry;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import dev.carafe.agent.image.spec.ImageException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One {@code hosts.toml} in the form that containerd made common. Hosts are tried in the file's
 * order, the server last.
 */
final class HostsFile {
  private static final TomlMapper TOML = new TomlMapper();
  private static final Set<String> HOST_KEYS =
      Set.of("capabilities", "ca", "client", "skip_verify", "header", "override_path");
  private static final Set<String> CAPABILITIES = Set.of("pull", "resolve", "push", "referrers");

  private final Path file;

  private HostsFile(Path file) {
    this.file = file;
  }

  /** Parses; {@code registry} is the reference's host, {@code server} what answers without us. */
  static List<RegistryHost> parse(Path file, byte[] content, String registry, URI server) {
    return new HostsFile(file).parse(content, registry, server);
  }

  private List<RegistryHost> parse(byte[] content, String registry, URI defaultServer) {
    JsonNode root;
    try {
      root = TOML.readTree(content);
    } catch (JacksonException e) {
      throw new ImageException.InvalidHostsFile(
          "%s is not TOML: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw ImageException.from("reading " + file, e);
    }
    List<RegistryHost> hosts = new ArrayList<>();
    RegistryHost server = null;
    boolean noServer = false;
    for (Map.Entry<String, JsonNode> member : root.properties()) {
      if (member.getKey().equals("host")) {
        object(member.getValue(), "host")
            .forEach(
                host -> hosts.add(host(host.getKey(), host.getValue(), registry, defaultServer)));
      } else if (member.getKey().equals("server")) {
        String url = string(member.getValue(), "server");
        noServer = url.isEmpty();
        server = noServer ? null : host(url, root, null, defaultServer);
      } else if (!HOST_KEYS.contains(member.getKey())) {
        throw invalid(member.getKey(), "is unknown");
      }
    }
    if (server == null && !noServer) {
      server = host(defaultServer.toString(), root, null, defaultServer);
    }
    if (server != null) {
      hosts.add(server);
    }
    return List.copyOf(hosts);
  }

  private RegistryHost host(
      String url, JsonNode settings, @Nullable String registry, URI defaultServer) {
    String where = registry == null ? "" : "host.\"" + url + "\".";
    URI base = url(url, where);
    boolean override = false;
    boolean skipVerify = false;
    List<String> capabilities = List.of("pull", "resolve");
    List<Path> authorities = List.of();
    List<RegistryHost.ClientKey> clients = List.of();
    Map<String, List<String>> headers = Map.of();
    for (Map.Entry<String, JsonNode> member : object(settings, where)) {
      String key = where + member.getKey();
      JsonNode value = member.getValue();
      switch (member.getKey()) {
        case "capabilities" -> capabilities = capabilities(value, key);
        case "ca" -> authorities = strings(value, key).stream().map(this::path).toList();
        case "client" -> clients = clients(value, key);
        case "skip_verify" -> skipVerify = bool(value, key);
        case "override_path" -> override = bool(value, key);
        case "header" -> headers = headers(value, key);
        default -> {
          if (registry != null) {
            throw invalid(key, "is unknown");
          }
        }
      }
    }
    boolean mirror = registry != null && !base.getAuthority().equals(defaultServer.getAuthority());
    return new RegistryHost(
        override ? base : withVersion(base),
        capabilities.contains("resolve"),
        capabilities.contains("pull"),
        mirror ? registry : null,
        new RegistryHost.Tls(authorities, clients, skipVerify),
        headers);
  }

  private URI url(String text, String where) {
    String full = text.contains("://") ? text : "https://" + text;
    try {
      URI url = URI.create(full.replaceAll("/+$", ""));
      boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      if (http && url.getHost() != null && url.getQuery() == null && url.getUserInfo() == null) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      throw invalid(where + "URL", "'%s' is no URL: %s".formatted(text, e.getMessage()));
    }
    throw invalid(where + "URL", "'%s' must be http://HOST or https://HOST".formatted(text));
  }

  static URI withVersion(URI base) {
    String path = base.getPath() == null ? "" : base.getPath();
    return path.endsWith("/v2") ? base : URI.create(base + "/v2");
  }

  private List<String> capabilities(JsonNode value, String key) {
    List<String> capabilities = strings(value, key);
    for (String capability : capabilities) {
      if (!CAPABILITIES.contains(capability)) {
        throw invalid(key, "'%s' must be pull, resolve, push or referrers".formatted(capability));
      }
    }
    return capabilities;
  }

  /** One file, several, or pairs of certificate and key. */
  private List<RegistryHost.ClientKey> clients(JsonNode value, String key) {
    List<RegistryHost.ClientKey> clients = new ArrayList<>();
    for (JsonNode item : value.isArray() ? value : List.of(value)) {
      List<String> files = strings(item, key);
      if (files.isEmpty() || files.size() > 2) {
        throw invalid(key, "must hold files, or pairs of certificate and key");
      }
      boolean keyApart = files.size() == 2 && !files.get(1).isEmpty();
      clients.add(
          new RegistryHost.ClientKey(
              path(files.getFirst()), keyApart ? path(files.getLast()) : null));
    }
    return clients;
  }

  private Map<String, List<String>> headers(JsonNode value, String key) {
    Map<String, List<String>> headers = new HashMap<>();
    for (Map.Entry<String, JsonNode> header : object(value, key)) {
      headers.put(header.getKey(), strings(header.getValue(), key + "." + header.getKey()));
    }
    return headers;
  }

  private Path path(String text) {
    return file.resolveSibling(text);
  }

  private Set<Map.Entry<String, JsonNode>> object(JsonNode value, String key) {
    if (!value.isObject()) {
      throw invalid(key, "must be a table");
    }
    return value.properties();
  }

  private List<String> strings(JsonNode value, String key) {
    if (!value.isArray()) {
      return List.of(string(value, key));
    }
    List<String> strings = new ArrayList<>();
    value.forEach(item -> strings.add(string(item, key)));
    return strings;
  }

  private String string(JsonNode value, String key) {
    if (!value.isTextual()) {
      throw invalid(key, "must be a string or a list of strings");
    }
    return value.textValue();
  }

  private boolean bool(JsonNode value, String key) {
    if (!value.isBoolean()) {
      throw invalid(key, "must be true or false");
    }
    return value.booleanValue();
  }

  private ImageException.InvalidHostsFile invalid(String key, String problem) {
    return new ImageException.InvalidHostsFile("%s: %s %s".formatted(file, key, problem), null);
  }
}
