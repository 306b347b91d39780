package dev.carafe.agent.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The kinds of value that a key can have. */
final class ConfigTypes {
  static final String UNIX_SCHEME = "unix://";

  /** {@code sun_path} of unix(7) has 108 bytes, the last a NUL. */
  private static final int MAX_SOCKET_PATH_BYTES = 107;

  /** As the API server wants a RuntimeClass's handler: a DNS label, or several. */
  private static final Pattern HANDLER_NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]*[a-z0-9])?");

  static final Type<String> TEXT =
      new Type<>("a string", node -> node.isTextual() ? node.textValue() : null);

  static final Type<Boolean> BOOL =
      new Type<>("true or false", node -> node.isBoolean() ? node.booleanValue() : null);

  static final Type<List<String>> TEXTS = new Type<>("a list of strings", ConfigTypes::texts);

  static final Type<Path> PATH = new Type<>("an absolute path", ConfigTypes::path);

  static final Type<String> PATH_OR_EMPTY =
      new Type<>(
          "an absolute path or \"\"",
          node -> {
            if (isEmptyText(node)) {
              return "";
            }
            Path path = path(node);
            return path == null ? null : path.toString();
          });

  static final Type<String> PROGRAM =
      new Type<>(
          "a program's name, or its absolute path",
          node ->
              node.isTextual()
                      && node.asText().matches("/?[^/\\x00]+(/[^/\\x00]+)*")
                      && (node.asText().startsWith("/") || !node.asText().contains("/"))
                  ? node.asText()
                  : null);

  static final Type<List<Path>> PATHS =
      new Type<>("a list of at least one absolute path", ConfigTypes::paths);

  static final Type<String> UNIX_ADDRESS =
      new Type<>(
          "unix:///ABSOLUTE/PATH with a path of at most " + MAX_SOCKET_PATH_BYTES + " bytes",
          ConfigTypes::unixAddress);

  static final Type<String> HTTP_URL_OR_EMPTY =
      new Type<>("http://HOST[:PORT]/PATH or https://, or \"\"", ConfigTypes::httpUrl);

  static final Type<String> HOST_PORT_OR_EMPTY =
      new Type<>(
          "HOST:PORT with a port from 1 to 65535, or \"\"",
          node -> {
            String text = node.textValue();
            boolean good = text != null && (text.isEmpty() || parseHostPort(text) != null);
            return good ? text : null;
          });

  static final Type<String> HOST_ANY_PORT =
      new Type<>(
          "HOST:PORT with a port from 0 (any free one) to 65535",
          node -> {
            String text = node.textValue();
            return text != null && parseHostAnyPort(text) != null ? text : null;
          });

  static final Type<String> CGROUP =
      new Type<>(
          "an absolute cgroup path without .. (/carafe) or a systemd slice (carafe.slice)",
          node -> {
            String text = node.textValue();
            return text != null && isCgroup(text) ? text : null;
          });

  static final Type<Map<String, RuntimeHandlers.Handler>> HANDLERS =
      new Type<>(
          "tables [runtime.handlers.NAME], NAME in lower case letters, digits, - and ., with"
              + " privileged_without_host_devices = true or false",
          ConfigTypes::handlers);

  private ConfigTypes() {}

  /**
   * A kind of value.
   *
   * @param expected the words of an error: "expected ..."
   * @param parser gives the value, or null when the node is not of this kind
   */
  record Type<T>(String expected, Parser<T> parser) {}

  /** Reads one node. */
  interface Parser<T> {
    @Nullable T parse(JsonNode node);
  }

  /** A whole number within bounds, both allowed. */
  static Type<Integer> number(int least, int most) {
    return new Type<>(
        "a whole number from " + least + " to " + most,
        node -> {
          boolean good =
              node.isIntegralNumber()
                  && node.canConvertToInt()
                  && node.intValue() >= least
                  && node.intValue() <= most;
          return good ? node.intValue() : null;
        });
  }

  /** One of an enum's names in lower case. */
  static <E extends Enum<E>> Type<E> oneOf(Class<E> type) {
    List<E> constants = List.of(type.getEnumConstants());
    String expected =
        constants.stream()
            .map(c -> "\"" + c.name().toLowerCase(Locale.ROOT) + "\"")
            .collect(Collectors.joining(", ", "one of ", ""));
    return new Type<>(
        expected,
        node -> {
          for (E constant : constants) {
            if (constant.name().toLowerCase(Locale.ROOT).equals(node.textValue())) {
              return constant;
            }
          }
          return null;
        });
  }

  /**
   * {@code HOST:PORT}, {@code [V6]:PORT} or {@code :PORT} (every address); null when it is none of
   * them.
   */
  static @Nullable InetSocketAddress parseHostPort(String text) {
    InetSocketAddress address = parseHostAnyPort(text);
    return address == null || address.getPort() == 0 ? null : address;
  }

  /** As {@link #parseHostPort}, but the port may be 0. */
  static @Nullable InetSocketAddress parseHostAnyPort(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0 || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
      return null;
    }
    int port = Integer.parseInt(text.substring(colon + 1));
    String host = text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (port > 65535 || (!bracketed && host.contains(":"))) {
      return null;
    }
    String bare = bracketed ? host.substring(1, host.length() - 1) : host;
    return InetSocketAddress.createUnresolved(bare.isEmpty() ? "0.0.0.0" : bare, port);
  }

  private static boolean isEmptyText(JsonNode node) {
    return node.isTextual() && node.textValue().isEmpty();
  }

  private static @Nullable Path path(JsonNode node) {
    String text = node.textValue();
    if (text == null || !text.startsWith("/") || text.indexOf('\0') >= 0) {
      return null;
    }
    return Path.of(text).normalize();
  }

  private static @Nullable List<String> texts(JsonNode node) {
    List<String> texts = new ArrayList<>();
    for (JsonNode item : node) {
      if (!item.isTextual()) {
        return null;
      }
      texts.add(item.textValue());
    }
    return node.isArray() ? List.copyOf(texts) : null;
  }

  private static @Nullable List<Path> paths(JsonNode node) {
    if (!node.isArray() || node.isEmpty()) {
      return null;
    }
    List<Path> paths = new ArrayList<>();
    for (JsonNode item : node) {
      Path path = path(item);
      if (path == null) {
        return null;
      }
      paths.add(path);
    }
    return List.copyOf(paths);
  }

  private static @Nullable Map<String, RuntimeHandlers.Handler> handlers(JsonNode node) {
    Map<String, RuntimeHandlers.Handler> handlers = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      JsonNode handler = entry.getValue();
      JsonNode devices = handler.path("privileged_without_host_devices");
      boolean known = handler.size() == (devices.isMissingNode() ? 0 : 1);
      boolean good =
          handler.isObject() && known && (devices.isMissingNode() || devices.isBoolean());
      if (!good || !HANDLER_NAME.matcher(entry.getKey()).matches()) {
        return null;
      }
      handlers.put(entry.getKey(), new RuntimeHandlers.Handler(devices.asBoolean()));
    }
    return node.isObject() ? handlers : null;
  }

  private static @Nullable String httpUrl(JsonNode node) {
    if (isEmptyText(node)) {
      return "";
    }
    try {
      URI url = new URI(String.valueOf(node.textValue()));
      boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      return http && url.getHost() != null ? url.toString() : null;
    } catch (URISyntaxException notAUrl) {
      return null;
    }
  }

  private static @Nullable String unixAddress(JsonNode node) {
    String text = node.textValue();
    if (text == null || !text.startsWith(UNIX_SCHEME + "/") || text.indexOf('\0') >= 0) {
      return null;
    }
    int bytes = text.substring(UNIX_SCHEME.length()).getBytes(UTF_8).length;
    return bytes > 1 && bytes <= MAX_SOCKET_PATH_BYTES ? text : null;
  }

  private static boolean isCgroup(String text) {
    boolean climbs = Arrays.asList(text.split("/", -1)).contains("..");
    boolean slice = text.endsWith(".slice") && !text.contains("/");
    return (text.startsWith("/") && text.length() > 1 && !climbs) || slice;
  }
}
