package dev.carafe.runtime.spec;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes records of one stream of JSON. Only what the configuration's records need; a general mapper
 * would cost a command line half of its start. For one document and one thread.
 */
final class RecordBinder {
  private static final int UINT64_BITS = 64;

  private final JsonParser parser;
  private final List<String> path = new ArrayList<>();

  RecordBinder(JsonParser parser) {
    this.parser = parser;
  }

  /** Reads the next value, which must be an object. */
  Object read(Class<?> type) throws IOException, SpecException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw mismatch("a JSON object");
    }
    return object(RecordShape.of(type));
  }

  /** Where the reader is, as a field's name is written: linux.namespaces[1].type. */
  String path() {
    StringBuilder text = new StringBuilder();
    for (String step : path) {
      text.append(text.isEmpty() || step.startsWith("[") ? "" : ".").append(step);
    }
    return text.toString();
  }

  private Object object(RecordShape shape) throws IOException, SpecException {
    @Nullable Object[] values = shape.absent();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      RecordShape.Member member = shape.member(name);
      if (member == null) {
        parser.skipChildren();
      } else if (parser.currentToken() != JsonToken.VALUE_NULL) {
        path.add(name);
        values[member.index()] = value(member.type(), member.unsigned());
        path.removeLast();
      }
    }
    try {
      return shape.constructor().newInstance(values);
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String what = String.valueOf(cause.getMessage());
      boolean absent = cause instanceof NullPointerException;
      throw new SpecException(path(), absent ? what + ": absent" : what, cause);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make a " + shape.constructor(), e);
    }
  }

  private @Nullable Object value(Type type, boolean unsigned) throws IOException, SpecException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return null;
    }
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      return generic.getRawType() == List.class ? list(arguments[0]) : map(arguments[1]);
    }
    Class<?> plain = (Class<?>) type;
    if (plain == String.class) {
      return text();
    }
    if (plain == boolean.class || plain == Boolean.class) {
      return flag();
    }
    if (plain == long.class || plain == Long.class) {
      return unsigned ? uint64() : (Object) number();
    }
    if (plain == int.class || plain == Integer.class) {
      return (int) range(number(), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
    if (plain.isEnum()) {
      return constant(plain);
    }
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw mismatch("an object");
    }
    return object(RecordShape.of(plain));
  }

  private List<@Nullable Object> list(Type item) throws IOException, SpecException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw mismatch("an array");
    }
    List<@Nullable Object> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      path.add("[" + items.size() + "]");
      Object value = value(item, false);
      if (value == null) {
        throw mismatch("no null in an array");
      }
      items.add(value);
      path.removeLast();
    }
    return items;
  }

  private Map<String, @Nullable Object> map(Type item) throws IOException, SpecException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw mismatch("an object");
    }
    Map<String, @Nullable Object> items = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      path.add(key);
      items.put(key, value(item, false));
      path.removeLast();
    }
    return items;
  }

  private String text() throws IOException, SpecException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw mismatch("a string");
    }
    return parser.getText();
  }

  private boolean flag() throws IOException, SpecException {
    if (parser.currentToken() != JsonToken.VALUE_TRUE
        && parser.currentToken() != JsonToken.VALUE_FALSE) {
      throw mismatch("true or false");
    }
    return parser.currentToken() == JsonToken.VALUE_TRUE;
  }

  private void requireWhole() throws SpecException {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw mismatch("a whole number");
    }
  }

  private long number() throws IOException, SpecException {
    requireWhole();
    try {
      return parser.getLongValue();
    } catch (InputCoercionException e) {
      throw new SpecException(path(), "expected a number of 64 bits" + where(), e);
    }
  }

  private long range(long value, long low, long high) throws SpecException {
    if (value < low || value > high) {
      throw mismatch("a number from " + low + " to " + high);
    }
    return value;
  }

  private long uint64() throws IOException, SpecException {
    requireWhole();
    BigInteger value = parser.getBigIntegerValue();
    if (value.signum() < 0 || value.bitLength() > UINT64_BITS) {
      throw mismatch("0 to 18446744073709551615");
    }
    return value.longValue();
  }

  private Object constant(Class<?> type) throws IOException, SpecException {
    String name = text();
    Map<String, Object> constants = RecordShape.constants(type);
    Object constant = constants.get(name);
    if (constant == null) {
      throw mismatch("one of " + String.join(", ", constants.keySet()) + ", found " + name);
    }
    return constant;
  }

  private SpecException mismatch(String expected) {
    return new SpecException(path(), "expected " + expected + where());
  }

  private String where() {
    JsonLocation at = parser.currentTokenLocation();
    return " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
  }
}
