package dev.carafe.agent.trace;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** ExportTraceServiceRequest of OTLP, in its JSON encoding. */
final class OtlpJson {
  private static final int KIND_INTERNAL = 1;
  private static final int KIND_SERVER = 2;
  private static final int STATUS_ERROR = 2;

  private final String version;

  OtlpJson(String version) {
    this.version = requireNonNull(version, "version is null");
  }

  String render(List<Span> spans) {
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    ObjectNode resource = request.putArray("resourceSpans").addObject();
    ArrayNode attributes = resource.putObject("resource").putArray("attributes");
    attribute(attributes, "service.name", "carafed");
    attribute(attributes, "service.version", version);
    ObjectNode scope = resource.putArray("scopeSpans").addObject();
    scope.putObject("scope").put("name", "dev.carafe.agent");
    ArrayNode list = scope.putArray("spans");
    spans.forEach(span -> add(list.addObject(), span));
    return request.toString();
  }

  private static void add(ObjectNode node, Span span) {
    node.put("traceId", span.place().traceId());
    node.put("spanId", span.place().spanId());
    node.put("parentSpanId", span.parentId());
    node.put("name", span.name());
    node.put("kind", span.server() ? KIND_SERVER : KIND_INTERNAL);
    // 64-bit numbers are texts in JSON (protobuf's mapping).
    node.put("startTimeUnixNano", Long.toString(span.begun()));
    node.put("endTimeUnixNano", Long.toString(span.ended()));
    if (!span.error().isEmpty()) {
      node.putObject("status").put("code", STATUS_ERROR).put("message", span.error());
    }
  }

  private static void attribute(ArrayNode attributes, String key, String value) {
    attributes.addObject().put("key", key).putObject("value").put("stringValue", value);
  }
}
