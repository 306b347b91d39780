package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.Rlimit;
import java.util.List;
import java.util.function.Consumer;

/**
 * Types of plan fields and how their values are written and read (native/PROTOCOL.md section 1).
 */
enum WireType {
  U8("u8"),
  U16("u16"),
  U32("u32"),
  U64("u64"),
  I32("i32"),
  STR("str"),
  BLOB("blob"),
  STRINGS("list<str>"),
  NUMBERS("list<u32>"),
  IDMAPS("list<idmap>"),
  NSSLOTS("list<nsslot>"),
  PAIRS("list<pair>"),
  RLIMITS("list<rlimit>");

  private final String name;

  WireType(String name) {
    this.name = name;
  }

  /** As the table writes it. */
  String tableName() {
    return name;
  }

  void write(WireWriter out, Object value) {
    switch (this) {
      case U8 -> out.u8(value instanceof Boolean flag ? (flag ? 1 : 0) : (Integer) value);
      case U16 -> out.u16((Integer) value);
      case U32 -> out.u32((Long) value);
      case U64 -> out.u64((Long) value);
      case I32 -> out.i32((Integer) value);
      case STR -> out.str((String) value);
      case BLOB -> out.blob((Blob) value);
      case STRINGS -> list(out, value, item -> out.str((String) item));
      case NUMBERS -> list(out, value, item -> out.u32((Long) item));
      case IDMAPS -> list(out, value, item -> writeMapping(out, (IdMapping) item));
      case NSSLOTS -> list(out, value, item -> writeSlot(out, (Op.NsSlot) item));
      case PAIRS -> list(out, value, item -> writePair(out, (Op.Pair) item));
      case RLIMITS -> list(out, value, item -> writeLimit(out, (Rlimit) item));
    }
  }

  Object read(WireReader in, Class<?> javaType) throws PlanFormatException {
    return switch (this) {
      case U8 -> javaType == boolean.class ? (Object) in.flag() : (Object) in.u8();
      case U16 -> in.u16();
      case U32 -> in.u32();
      case U64 -> in.u64();
      case I32 -> in.i32();
      case STR -> in.str();
      case BLOB -> in.blob();
      case STRINGS -> in.list(WireReader::str);
      case NUMBERS -> in.list(WireReader::u32);
      case IDMAPS -> in.list(r -> new IdMapping(r.u32(), r.u32(), r.u32()));
      case NSSLOTS -> in.list(r -> new Op.NsSlot(r.u32(), r.u16()));
      case PAIRS -> in.list(r -> new Op.Pair(r.str(), r.str()));
      case RLIMITS -> in.list(WireType::readLimit);
    };
  }

  private static void list(WireWriter out, Object value, Consumer<Object> item) {
    List<?> items = (List<?>) value;
    out.count(items.size());
    items.forEach(item);
  }

  private static void writeMapping(WireWriter out, IdMapping mapping) {
    out.u32(mapping.containerId());
    out.u32(mapping.hostId());
    out.u32(mapping.size());
  }

  private static void writeSlot(WireWriter out, Op.NsSlot slot) {
    out.u32(slot.type());
    out.u16(slot.slot());
  }

  private static void writePair(WireWriter out, Op.Pair pair) {
    out.str(pair.key());
    out.str(pair.value());
  }

  private static void writeLimit(WireWriter out, Rlimit limit) {
    out.u32(limit.type().number());
    out.u64(limit.soft());
    out.u64(limit.hard());
  }

  private static Rlimit readLimit(WireReader in) throws PlanFormatException {
    long number = in.u32();
    long soft = in.u64();
    long hard = in.u64();
    for (Rlimit.Type type : Rlimit.Type.values()) {
      if (type.number() == number) {
        return new Rlimit(type, hard, soft);
      }
    }
    throw new PlanFormatException("resource " + number + ": expected a RLIMIT_* number, 0 to 15");
  }
}
