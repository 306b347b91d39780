package dev.carafe.runtime.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.carafe.runtime.container.ContainerRecord;
import dev.carafe.runtime.spec.Seccomp;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A container's state as hooks and seccomp agents read it (runtime-spec: runtime.md, State). Where
 * the pid is not known yet the text comes in parts, between which it belongs.
 */
final class HookState {
  private static final JsonFactory JSON = new JsonFactory();

  /** Stands for the pid until the text is cut there; no text of a configuration is a number. */
  private static final long PID = Long.MIN_VALUE;

  private HookState() {}

  static String text(ContainerRecord record, String status, int pid) {
    return json(out -> state(out, record, status, pid));
  }

  static List<String> parts(ContainerRecord record, String status) {
    return cut(json(out -> state(out, record, status, PID)));
  }

  /** The message to a seccomp agent; the descriptor goes with it. */
  static List<String> seccomp(ContainerRecord record, Seccomp seccomp, String status, int init) {
    return cut(json(out -> seccomp(out, record, seccomp, status, init)));
  }

  private static void seccomp(
      JsonGenerator out, ContainerRecord record, Seccomp seccomp, String status, int init)
      throws IOException {
    out.writeStartObject();
    out.writeStringField("ociVersion", Spec.VERSION);
    out.writeArrayFieldStart("fds");
    out.writeString("seccompFd");
    out.writeEndArray();
    out.writeNumberField("pid", PID);
    if (seccomp.listenerMetadata() != null) {
      out.writeStringField("metadata", seccomp.listenerMetadata());
    }
    out.writeFieldName("state");
    state(out, record, status, init == 0 ? PID : init);
    out.writeEndObject();
  }

  private static void state(JsonGenerator out, ContainerRecord record, String status, long pid)
      throws IOException {
    out.writeStartObject();
    out.writeStringField("ociVersion", Spec.VERSION);
    out.writeStringField("id", record.id());
    out.writeStringField("status", status);
    out.writeNumberField("pid", pid);
    out.writeStringField("bundle", record.bundle());
    if (!record.annotations().isEmpty()) {
      out.writeObjectFieldStart("annotations");
      for (Map.Entry<String, String> annotation : record.annotations().entrySet()) {
        out.writeStringField(annotation.getKey(), annotation.getValue());
      }
      out.writeEndObject();
    }
    out.writeEndObject();
  }

  private static List<String> cut(String json) {
    return Arrays.asList(json.split(Long.toString(PID), -1));
  }

  private interface Content {
    void writeTo(JsonGenerator out) throws IOException;
  }

  private static String json(Content content) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = JSON.createGenerator(text)) {
      content.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("a text in memory cannot fail", e);
    }
    return text.toString();
  }
}
