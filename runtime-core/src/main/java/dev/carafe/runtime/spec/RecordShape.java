package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a record's JSON object has: the records and their annotations say it. Immutable.
 *
 * @param constructor takes all values in order
 * @param members by their names in JSON
 */
record RecordShape(Constructor<?> constructor, Map<String, Member> members) {
  private static final ClassValue<RecordShape> SHAPES =
      new ClassValue<>() {
        @Override
        protected RecordShape computeValue(Class<?> type) {
          return read(type);
        }
      };
  private static final Map<Class<?>, Map<String, Object>> CONSTANTS = new ConcurrentHashMap<>();

  /**
   * A field.
   *
   * @param index its place in the constructor
   * @param type its Java type
   * @param unsigned whether it has 64 bits without a sign
   */
  record Member(int index, Type type, boolean unsigned) {}

  static RecordShape of(Class<?> type) {
    return SHAPES.get(type);
  }

  private static RecordShape read(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Map<String, Member> members = new HashMap<>();
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      types[i] = component.getType();
      // Jackson's annotation is no record component's, but it is its accessor's.
      JsonProperty renamed = component.getAccessor().getAnnotation(JsonProperty.class);
      boolean unsigned = component.getAccessor().getAnnotation(Uint64.class) != null;
      members.put(
          renamed == null ? component.getName() : renamed.value(),
          new Member(i, component.getGenericType(), unsigned));
    }
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      // Another package's records need not be public.
      constructor.setAccessible(true);
      return new RecordShape(constructor, Map.copyOf(members));
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("a record has its canonical constructor: " + type, e);
    }
  }

  @Nullable Member member(String name) {
    return members.get(name);
  }

  /** The values of an object in which nothing stands. */
  @Nullable Object[] absent() {
    @Nullable Object[] values = new Object[members.size()];
    for (Member member : members.values()) {
      if (member.type() == long.class) {
        values[member.index()] = 0L;
      } else if (member.type() == int.class) {
        values[member.index()] = 0;
      } else if (member.type() == boolean.class) {
        values[member.index()] = false;
      }
    }
    return values;
  }

  /** An enum's constants by their names in JSON, in order. */
  static Map<String, Object> constants(Class<?> type) {
    return CONSTANTS.computeIfAbsent(type, RecordShape::readConstants);
  }

  private static Map<String, Object> readConstants(Class<?> type) {
    Map<String, Object> constants = new LinkedHashMap<>();
    for (Object constant : type.getEnumConstants()) {
      String name = ((Enum<?>) constant).name();
      try {
        JsonProperty renamed = type.getField(name).getAnnotation(JsonProperty.class);
        constants.put(renamed == null ? name : renamed.value(), constant);
      } catch (NoSuchFieldException e) {
        throw new IllegalStateException("a constant is a field: " + type + "." + name, e);
      }
    }
    return constants;
  }
}
