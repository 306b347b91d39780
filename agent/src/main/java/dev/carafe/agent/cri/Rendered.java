package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.MapMaker;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/**
 * The messages that show immutable snapshots, each made once and kept for as long as its snapshot
 * lives, for a kubelet asks for the same list every second. Thread-safe.
 *
 * @param <S> the snapshot; told apart by identity
 * @param <M> its message
 */
final class Rendered<S, M extends Message> {
  private final ConcurrentMap<S, M> messages = new MapMaker().weakKeys().makeMap();
  private final Function<S, M> render;
  private final Parser<M> parser;

  /** Messages made by {@code render}, which must not hold on to the snapshot. */
  Rendered(Function<S, M> render, Parser<M> parser) {
    this.render = requireNonNull(render, "render is null");
    this.parser = requireNonNull(parser, "parser is null");
  }

  /** The message of a snapshot. */
  M of(S snapshot) {
    return messages.computeIfAbsent(snapshot, this::make);
  }

  /** Read back from its bytes, its texts are UTF-8 already: what sends it copies them. */
  private M make(S snapshot) {
    try {
      return parser.parseFrom(render.apply(snapshot).toByteArray());
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException("a message cannot be read back", impossible);
    }
  }
}
