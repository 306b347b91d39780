package dev.carafe.runtime.cli;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The log as callers read it: one line a record, appended. Text is logfmt; JSON is one object with
 * level, msg and time.
 *
 * @param file where to, or null for stderr
 * @param json the format
 * @param debug whether debug records are written
 * @param stderr where to without a file, and for errors in any case
 */
record Log(@Nullable Path file, boolean json, boolean debug, PrintStream stderr) {
  Log {
    Objects.requireNonNull(stderr, "stderr");
  }

  /** A failure. With a log file people still see it: the bare message goes to stderr too. */
  void error(String message) {
    write("error", message);
    if (file != null) {
      stderr.println(message);
    }
  }

  void warning(String message) {
    write("warning", message);
  }

  void debug(String message) {
    debug(() -> message);
  }

  /** The same for a text that costs something. */
  void debug(Supplier<String> message) {
    if (debug) {
      write("debug", message.get());
    }
  }

  private void write(String level, String message) {
    String line = line(level, message, OffsetDateTime.now(ZoneId.systemDefault()));
    if (file == null) {
      stderr.print(line);
      // A front that waits for the program by itself hears nothing more of us.
      stderr.flush();
      return;
    }
    try {
      Files.writeString(
          file,
          line,
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND,
          StandardOpenOption.SYNC);
    } catch (IOException e) {
      stderr.print(line);
    }
  }

  /** One record with its newline. */
  String line(String level, String message, OffsetDateTime now) {
    String time =
        DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(now.truncatedTo(ChronoUnit.SECONDS));
    String quoted = quote(message);
    return json
        ? "{\"level\":\"" + level + "\",\"msg\":" + quoted + ",\"time\":\"" + time + "\"}\n"
        : "time=\"" + time + "\" level=" + level + " msg=" + quoted + "\n";
  }

  private static String quote(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }
}
