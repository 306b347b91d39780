package dev.carafe.agent.image.layer;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The records of a pax extended header (POSIX.1-2001, pax, "Extended Header Keyword/Value Pairs"):
 * {@code LENGTH KEY=VALUE\n}, where LENGTH counts the whole record. Values are raw and may hold
 * newlines and NUL (extended attributes do).
 */
final class PaxRecords {
  private static final String XATTR = "SCHILY.xattr.";

  private final Map<String, String> values;

  private PaxRecords(Map<String, String> values) {
    this.values = values;
  }

  static PaxRecords none() {
    return new PaxRecords(Map.of());
  }

  static PaxRecords parse(byte[] content) throws TarFormatException {
    Map<String, String> values = new HashMap<>();
    int at = 0;
    while (at < content.length) {
      int space = at;
      long length = 0;
      while (space < content.length && content[space] != ' ') {
        int digit = content[space] - '0';
        if (digit < 0 || digit > 9 || length > content.length) {
          throw new TarFormatException("pax header: a record's length is no decimal number");
        }
        length = length * 10 + digit;
        space++;
      }
      long end = at + length;
      if (length <= space - at + 1 || end > content.length || content[(int) end - 1] != '\n') {
        throw new TarFormatException("pax header: a record's length does not fit the header");
      }
      String record = Raw.of(content, space + 1, (int) end - space - 2);
      int equals = record.indexOf('=');
      if (equals <= 0) {
        throw new TarFormatException("pax header: a record has no KEY=VALUE");
      }
      values.put(record.substring(0, equals), record.substring(equals + 1));
      at = (int) end;
    }
    PaxRecords records = new PaxRecords(values);
    records.refuseSparse();
    return records;
  }

  /** These records with another header's on top; an empty value there deletes (POSIX). */
  PaxRecords with(PaxRecords upper) {
    Map<String, String> merged = new HashMap<>(values);
    merged.putAll(upper.values);
    return new PaxRecords(merged);
  }

  @Nullable String text(String key) {
    String value = values.get(key);
    return value == null || value.isEmpty() ? null : value;
  }

  long integer(String key, long otherwise) throws TarFormatException {
    BigDecimal value = decimal(key);
    if (value == null) {
      return otherwise;
    }
    try {
      return value.longValueExact();
    } catch (ArithmeticException e) {
      throw new TarFormatException("pax header: %s is no whole number".formatted(key));
    }
  }

  /** A decimal number, or null where the key is absent. */
  @Nullable BigDecimal decimal(String key) throws TarFormatException {
    String value = text(key);
    if (value == null) {
      return null;
    }
    if (value.length() > 40 || !value.matches("-?[0-9]{1,19}(\\.[0-9]*)?")) {
      throw new TarFormatException(
          "pax header: %s is '%s': expected a decimal number".formatted(key, Raw.show(value)));
    }
    return new BigDecimal(value.endsWith(".") ? value + "0" : value)
        .setScale(9, RoundingMode.FLOOR);
  }

  Map<String, String> xattrs() {
    Map<String, String> xattrs = new LinkedHashMap<>();
    values.forEach((key, value) -> {
      if (key.startsWith(XATTR)) {
        xattrs.put(key.substring(XATTR.length()), value);
      }
    });
    return xattrs;
  }

  private void refuseSparse() throws TarFormatException {
    for (String key : values.keySet()) {
      if (key.startsWith("GNU.sparse.")) {
        throw new TarFormatException("sparse files in tar are not supported (" + key + ")");
      }
    }
  }
}
