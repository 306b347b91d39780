package dev.carafe.e2e.picture;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a program printed to a terminal as an SVG: one text element a line, with the colours that
 * {@code ESC [ CODE m} set (0, 1 bold, 31 red, 32 green, 33 yellow). The same text gives the same
 * picture.
 */
public final class TerminalPicture {
  private static final int LINE_PX = 18;
  private static final double COLUMN_PX = 7.83;
  private static final int MARGIN_PX = 16;
  private static final int TITLE_PX = 36;

  private static final Pattern COLOUR = Pattern.compile("\033\\[([0-9;]*)m");
  private static final Pattern LINE = Pattern.compile("<text class=\"l\"[^>]*>(.*?)</text>");
  private static final Map<String, String> CLASSES =
      Map.of("1", "b", "31", "r", "32", "g", "33", "y");

  private static final String HEAD =
      """
      <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d">
      <style>.l{font:13px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d8dee4;white-space:pre}\
      .b{font-weight:bold;fill:#fff}.g{fill:#57ab5a}.r{fill:#f47067}.y{fill:#daaa3f}</style>
      <rect width="100%%" height="100%%" rx="8" fill="#1c2128"/>
      <circle cx="20" cy="18" r="5" fill="#f47067"/><circle cx="38" cy="18" r="5" fill="#daaa3f"/><circle cx="56" cy="18" r="5" fill="#57ab5a"/>
      <text x="%3$d" y="22" text-anchor="middle" style="font:13px sans-serif;fill:#768390">%4$s</text>
      """;

  private TerminalPicture() {}

  /**
   * Draws it.
   *
   * @param title in the frame
   * @param lines with colours
   */
  public static String draw(String title, List<String> lines) {
    requireNonNull(title, "title is null");
    int columns = lines.stream().mapToInt(line -> plain(line).length()).max().orElse(0);
    int width = (int) Math.ceil(columns * COLUMN_PX) + 2 * MARGIN_PX;
    int height = TITLE_PX + lines.size() * LINE_PX + MARGIN_PX;
    StringBuilder svg = new StringBuilder(HEAD.formatted(width, height, width / 2, escaped(title)));
    int y = TITLE_PX + LINE_PX;
    for (String line : lines) {
      if (!line.isEmpty()) {
        svg.append(
            "<text class=\"l\" xml:space=\"preserve\" x=\"%d\" y=\"%d\">".formatted(MARGIN_PX, y));
        svg.append(spans(line)).append("</text>\n");
      }
      y += LINE_PX;
    }
    return svg.append("</svg>\n").toString();
  }

  /** The text of a picture's lines that are not empty, without colours. */
  public static List<String> text(String svg) {
    List<String> lines = new ArrayList<>();
    Matcher line = LINE.matcher(svg);
    while (line.find()) {
      lines.add(
          line.group(1)
              .replaceAll("<[^>]*>", "")
              .replace("&lt;", "<")
              .replace("&gt;", ">")
              .replace("&amp;", "&"));
    }
    return lines;
  }

  /** A line without its colours. */
  public static String plain(String line) {
    return COLOUR.matcher(line).replaceAll("");
  }

  private static String spans(String line) {
    StringBuilder out = new StringBuilder();
    Matcher colour = COLOUR.matcher(line);
    int from = 0;
    boolean open = false;
    while (colour.find()) {
      out.append(escaped(line.substring(from, colour.start())));
      from = colour.end();
      if (open) {
        out.append("</tspan>");
      }
      String known = CLASSES.get(colour.group(1));
      open = known != null;
      if (known != null) {
        out.append("<tspan class=\"").append(known).append("\">");
      }
    }
    out.append(escaped(line.substring(from)));
    return open ? out.append("</tspan>").toString() : out.toString();
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
