package dev.carafe.node.host;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where the host's kubelet looks for its runtime. What is changed is kept beside it first, so that
 * it can be put back as it was.
 *
 * <p>Three homes, of which the ones that are there are changed: kubeadm's flags file, the kubelet's
 * configuration file, and, where neither names an endpoint, a drop-in of the kubelet's unit.
 */
final class KubeletEndpoint {
  private static final String FLAGS = "/var/lib/kubelet/kubeadm-flags.env";
  private static final String CONFIG = "/var/lib/kubelet/config.yaml";
  private static final String DROP_IN = "/etc/systemd/system/kubelet.service.d/20-carafe.conf";
  private static final String BACKUP = ".before-carafe";

  /** There from before a change until the kubelet was restarted for it. */
  private static final String RESTART_DUE = "/var/lib/carafe-node/kubelet-restart-due";

  /** Where a kubelet looks that is told nothing. */
  private static final String DEFAULT_ENDPOINT = "unix:///run/containerd/containerd.sock";

  private static final Pattern FLAG = Pattern.compile("--container-runtime-endpoint=[^\\s\"]*");
  private static final Pattern KEY = Pattern.compile("(?m)^containerRuntimeEndpoint:[^\\n]*$");

  private static final Pattern ENDPOINT =
      Pattern.compile(
          "(?m)(?:--container-runtime-endpoint=|^containerRuntimeEndpoint:[ \\t]*)\"?([^\\s\"]+)");

  private final HostSettings settings;

  KubeletEndpoint(HostSettings settings) {
    this.settings = requireNonNull(settings, "settings is null");
  }

  /**
   * Points the kubelet at a socket.
   *
   * @param endpoint {@code unix:///PATH}
   * @return whether the kubelet must be restarted, by this change or by one whose restart was not
   *     told to {@link #restarted}
   */
  boolean point(String endpoint) throws IOException {
    boolean inFlags = names(FLAGS, FLAG);
    boolean inConfig = names(CONFIG, KEY);
    if (inFlags) {
      replace(FLAGS, FLAG, "--container-runtime-endpoint=" + endpoint);
    }
    if (inConfig) {
      replace(CONFIG, KEY, "containerRuntimeEndpoint: " + endpoint);
    }
    if (!inFlags && !inConfig) {
      change(
          settings.path(DROP_IN),
          """
          # Written by carafe-node, which takes it away again on uninstall.
          [Service]
          Environment="KUBELET_EXTRA_ARGS=--container-runtime-endpoint=%s"
          """
              .formatted(endpoint));
    }
    return Files.exists(settings.path(RESTART_DUE));
  }

  /** The kubelet was restarted after {@link #point} or {@link #restore}. */
  void restarted() throws IOException {
    Files.deleteIfExists(settings.path(RESTART_DUE));
  }

  /** The endpoint that {@link #point} replaced; null when it replaced none. */
  @Nullable String former() throws IOException {
    for (String file : new String[] {FLAGS, CONFIG}) {
      Path backup = settings.path(file + BACKUP);
      if (Files.exists(backup)) {
        Matcher endpoint = ENDPOINT.matcher(Files.readString(backup));
        if (endpoint.find()) {
          return endpoint.group(1);
        }
      }
    }
    return pointed() ? DEFAULT_ENDPOINT : null;
  }

  private boolean pointed() {
    return Stream.of(DROP_IN, FLAGS + BACKUP, CONFIG + BACKUP)
        .anyMatch(file -> Files.exists(settings.path(file)));
  }

  /** Puts back what was there; returns whether the kubelet must be restarted, as {@link #point}. */
  boolean restore() throws IOException {
    if (pointed()) {
      HostFiles.write(settings.path(RESTART_DUE), "");
    }
    Files.deleteIfExists(settings.path(DROP_IN));
    for (String file : new String[] {FLAGS, CONFIG}) {
      Path backup = settings.path(file + BACKUP);
      if (Files.exists(backup)) {
        HostFiles.write(settings.path(file), Files.readString(backup));
        Files.delete(backup);
      }
    }
    return Files.exists(settings.path(RESTART_DUE));
  }

  private boolean names(String file, Pattern pattern) throws IOException {
    Path path = settings.path(file);
    return Files.isRegularFile(path) && pattern.matcher(Files.readString(path)).find();
  }

  private void replace(String file, Pattern pattern, String text) throws IOException {
    Path path = settings.path(file);
    String before = Files.readString(path);
    String after = pattern.matcher(before).replaceAll(Matcher.quoteReplacement(text));
    Path backup = settings.path(file + BACKUP);
    if (!after.equals(before) && !Files.exists(backup)) {
      HostFiles.write(backup, before);
    }
    change(path, after);
  }

  private void change(Path path, String text) throws IOException {
    if (!Files.exists(path) || !Files.readString(path).equals(text)) {
      HostFiles.write(settings.path(RESTART_DUE), "");
      HostFiles.write(path, text);
    }
  }
}
