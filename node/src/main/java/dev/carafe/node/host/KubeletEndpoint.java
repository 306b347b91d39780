package dev.carafe.node.host;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

  private static final Pattern FLAG = Pattern.compile("--container-runtime-endpoint=[^\\s\"]*");
  private static final Pattern KEY = Pattern.compile("(?m)^containerRuntimeEndpoint:[^\\n]*$");

  private static final Pattern ENDPOINT =
      Pattern.compile(
          "(?m)(?:--container-runtime-endpoint=|^containerRuntimeEndpoint:\\s*)\"?([^\\s\"]+)");

  private final HostSettings settings;

  KubeletEndpoint(HostSettings settings) {
    this.settings = requireNonNull(settings, "settings is null");
  }

  /**
   * Points the kubelet at a socket.
   *
   * @param endpoint {@code unix:///PATH}
   * @return whether anything changed, so that the kubelet must be restarted
   */
  boolean point(String endpoint) throws IOException {
    boolean inFlags = names(FLAGS, FLAG);
    boolean inConfig = names(CONFIG, KEY);
    boolean changed = false;
    if (inFlags) {
      changed |= replace(FLAGS, FLAG, "--container-runtime-endpoint=" + endpoint);
    }
    if (inConfig) {
      changed |= replace(CONFIG, KEY, "containerRuntimeEndpoint: " + endpoint);
    }
    if (!inFlags && !inConfig) {
      changed =
          HostFiles.write(
              settings.path(DROP_IN),
              """
              # Written by carafe-node, which takes it away again on uninstall.
              [Service]
              Environment="KUBELET_EXTRA_ARGS=--container-runtime-endpoint=%s"
              """
                  .formatted(endpoint));
    }
    return changed;
  }

  /** The endpoint that {@link #point} replaced; null when no file named one. */
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
    return null;
  }

  /** Puts back what was there; returns whether anything changed. */
  boolean restore() throws IOException {
    boolean changed = Files.deleteIfExists(settings.path(DROP_IN));
    for (String file : new String[] {FLAGS, CONFIG}) {
      Path backup = settings.path(file + BACKUP);
      if (Files.exists(backup)) {
        changed |= HostFiles.write(settings.path(file), Files.readString(backup));
        Files.delete(backup);
      }
    }
    return changed;
  }

  private boolean names(String file, Pattern pattern) throws IOException {
    Path path = settings.path(file);
    return Files.isRegularFile(path) && pattern.matcher(Files.readString(path)).find();
  }

  private boolean replace(String file, Pattern pattern, String text) throws IOException {
    Path path = settings.path(file);
    String before = Files.readString(path);
    String after = pattern.matcher(before).replaceAll(Matcher.quoteReplacement(text));
    if (after.equals(before)) {
      return false;
    }
    Path backup = settings.path(file + BACKUP);
    if (!Files.exists(backup)) {
      HostFiles.write(backup, before);
    }
    return HostFiles.write(path, after);
  }
}
