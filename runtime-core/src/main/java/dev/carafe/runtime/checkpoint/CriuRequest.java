package dev.carafe.runtime.checkpoint;

import java.util.Objects;

/** A request to criu in the making (criu's rpc.proto, message criu_req). For one thread. */
public final class CriuRequest {
  private static final int NUMBER_OF_TYPE = 1;
  private static final int NUMBER_OF_OPTIONS = 2;
  private static final int NUMBER_OF_SUCCESS = 3;
  private static final int NUMBER_OF_FEATURES = 5;
  private static final int FEATURE_MEM_TRACK = 1;

  /** What can be asked for, with criu's numbers. */
  public enum Type {
    DUMP(1),
    RESTORE(2),
    PRE_DUMP(4),
    NOTIFY(6),
    FEATURE_CHECK(9),
    VERSION(10),
    SINGLE_PRE_DUMP(13);

    private final int number;

    Type(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }

  private final Type type;
  private final ProtoWriter options = new ProtoWriter();

  CriuRequest(Type type) {
    this.type = Objects.requireNonNull(type, "type");
  }

  /** Asks which version it is. */
  public static CriuRequest version() {
    return new CriuRequest(Type.VERSION);
  }

  Type type() {
    return type;
  }

  CriuRequest flag(CriuField field, boolean on) {
    return on ? number(field, 1) : this;
  }

  CriuRequest number(CriuField field, long value) {
    options.number(field.number(), value);
    return this;
  }

  /** An empty text is left out. */
  CriuRequest text(CriuField field, String value) {
    if (!value.isEmpty()) {
      options.text(field.number(), value);
    }
    return this;
  }

  CriuRequest message(CriuField field, ProtoWriter value) {
    options.message(field.number(), value);
    return this;
  }

  byte[] toByteArray() {
    ProtoWriter message = new ProtoWriter().number(NUMBER_OF_TYPE, type.number());
    switch (type) {
      case VERSION, NOTIFY -> {}
      case FEATURE_CHECK ->
          message.message(NUMBER_OF_FEATURES, new ProtoWriter().number(FEATURE_MEM_TRACK, 1));
      case DUMP, PRE_DUMP, SINGLE_PRE_DUMP, RESTORE -> message.message(NUMBER_OF_OPTIONS, options);
    }
    return message.toByteArray();
  }

  /** The answer to a notice: whether criu may go on. */
  static byte[] noticed(boolean goOn) {
    return new ProtoWriter()
        .number(NUMBER_OF_TYPE, Type.NOTIFY.number())
        .number(NUMBER_OF_SUCCESS, goOn ? 1 : 0)
        .toByteArray();
  }
}
