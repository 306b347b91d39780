package dev.carafe.agent.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import java.io.IOException;

/** CRI messages as JSON, in protobuf's own mapping with the proto's field names. Thread-safe. */
public final class ProtoJson {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().preservingProtoFieldNames().omittingInsignificantWhitespace();
  private static final JsonFormat.Parser PARSER = JsonFormat.parser().ignoringUnknownFields();

  private ProtoJson() {}

  /** The message as a tree. */
  public static JsonNode toTree(MessageOrBuilder message, ObjectMapper mapper) {
    try {
      return mapper.readTree(PRINTER.print(message));
    } catch (InvalidProtocolBufferException | JsonProcessingException impossible) {
      throw new IllegalStateException("a CRI message has no Any fields", impossible);
    }
  }

  /**
   * Fills a builder from a tree. Fields that this build does not know are ignored, so that an older
   * agent reads a newer one's records.
   *
   * @throws IOException when the tree is not of the message's shape
   */
  public static <B extends Message.Builder> B merge(JsonNode tree, B builder) throws IOException {
    PARSER.merge(tree.toString(), builder);
    return builder;
  }
}
