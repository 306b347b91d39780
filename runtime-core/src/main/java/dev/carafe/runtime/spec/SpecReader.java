package dev.carafe.runtime.spec;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads configurations from JSON. Unknown fields are ignored, as the specification asks.
 * Thread-safe.
 */
public final class SpecReader {
  private static final JsonFactory JSON = new JsonFactory();

  private SpecReader() {}

  /** Reads a configuration file. */
  public static Spec read(Path file) throws IOException, SpecException {
    return parse(Files.readAllBytes(file));
  }

  /** Reads a configuration. */
  public static Spec parse(byte[] json) throws SpecException {
    return parse(json, Spec.class);
  }

  /**
   * Reads a part of a configuration, as the process of `exec --process` or the resources of
   * `update`, or another file of records.
   *
   * @param type a record whose components, and theirs, have the types that this package's have
   */
  public static <T> T parse(byte[] json, Class<T> type) throws SpecException {
    try (JsonParser parser = JSON.createParser(json)) {
      return type.cast(new RecordBinder(parser).read(type));
    } catch (JacksonException e) {
      throw new SpecException("", "not JSON: " + reason(e), e);
    } catch (IOException e) {
      throw new SpecException("", "cannot read: " + e.getMessage(), e);
    }
  }

  private static String reason(JacksonException e) {
    return e.getLocation() == null
        ? e.getOriginalMessage()
        : e.getOriginalMessage()
            + " (line "
            + e.getLocation().getLineNr()
            + ", column "
            + e.getLocation().getColumnNr()
            + ")";
  }
}
