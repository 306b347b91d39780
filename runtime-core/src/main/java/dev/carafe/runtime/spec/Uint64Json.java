package dev.carafe.runtime.spec;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import java.io.IOException;
import java.math.BigInteger;

/** JSON form of {@link Uint64} numbers. */
final class Uint64Json {
  private Uint64Json() {}

  /** Accepts 0 to 2^64-1. */
  static final class Reader extends StdScalarDeserializer<Long> {
    private static final long serialVersionUID = 1;

    Reader() {
      super(Long.class);
    }

    @Override
    public Long deserialize(JsonParser parser, DeserializationContext context) throws IOException {
      if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
        return (Long) context.handleUnexpectedToken(Long.class, parser);
      }
      BigInteger value = parser.getBigIntegerValue();
      if (value.signum() < 0 || value.bitLength() > 64) {
        return (Long)
            context.handleWeirdNumberValue(Long.class, value, "expected 0 to 18446744073709551615");
      }
      return value.longValue();
    }
  }

  /** Writes 0 to 2^64-1. */
  static final class Writer extends StdScalarSerializer<Long> {
    private static final long serialVersionUID = 1;

    Writer() {
      super(Long.class);
    }

    @Override
    public void serialize(Long value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeNumber(Long.toUnsignedString(value));
    }
  }
}
