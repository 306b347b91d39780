package dev.carafe.agent.network;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A network: a chain of plugins (CNI specification 1.1.0, section 1).
 *
 * @param name which the plugins know it by
 * @param version what is spoken with all of its plugins
 * @param disableCheck CHECK is not called
 * @param plugins in the order of ADD; at least one
 * @param config the whole configuration as written; not to be changed
 */
record CniNetwork(
    String name,
    CniVersion version,
    boolean disableCheck,
    List<CniPlugin> plugins,
    ObjectNode config) {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

  CniNetwork {
    requireNonNull(name, "name");
    requireNonNull(version, "version");
    plugins = List.copyOf(plugins);
    requireNonNull(config, "config");
  }

  /**
   * Reads a list of plugins, or the older form with the one plugin's own keys at the top, whatever
   * the file's name.
   */
  static CniNetwork parse(JsonPlace place) throws JsonPlace.MalformedException {
    ObjectNode config = place.object();
    JsonPlace name = place.child("name");
    if (!NAME.matcher(name.text()).matches()) {
      throw name.wrong("letters, digits, _ . and -, a letter or digit first");
    }
    List<CniPlugin> plugins = new ArrayList<>();
    JsonPlace list = place.child("plugins");
    if (list.isAbsent()) {
      plugins.add(CniPlugin.parse(place));
    }
    for (JsonPlace item : list.items()) {
      plugins.add(CniPlugin.parse(item));
    }
    if (plugins.isEmpty()) {
      throw list.wrong("at least one plugin");
    }
    return new CniNetwork(
        name.text(), version(place), place.child("disableCheck").flag(), plugins, config);
  }

  /**
   * The newest spoken one of cniVersions (new in 1.1.0) and cniVersion; 0.1.0 when neither is
   * there.
   */
  private static CniVersion version(JsonPlace place) throws JsonPlace.MalformedException {
    JsonPlace single = place.child("cniVersion");
    List<String> offered = new ArrayList<>(place.child("cniVersions").texts());
    if (!single.isAbsent() || offered.isEmpty()) {
      offered.add(single.textOr(CniVersion.V0_1_0.text()));
    }
    List<CniVersion> spoken = new ArrayList<>();
    for (String text : offered) {
      CniVersion version = CniVersion.parse(text);
      if (version != null) {
        spoken.add(version);
      }
    }
    if (spoken.isEmpty()) {
      throw single.wrong("one of " + CniVersion.known());
    }
    return spoken.stream().max(Comparator.naturalOrder()).orElseThrow();
  }
}
