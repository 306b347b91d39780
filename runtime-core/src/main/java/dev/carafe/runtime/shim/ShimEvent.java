package dev.carafe.runtime.shim;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What a shim tells without being asked. */
public sealed interface ShimEvent {
  /** A process ended; its exit record is on disk. */
  record Exited(ShimProcess process) implements ShimEvent {
    /** Checks the components. */
    public Exited {
      requireNonNull(process);
    }
  }

  /** The kernel counted an OOM kill in this container. */
  record OomKilled(String id) implements ShimEvent {
    /** Checks the components. */
    public OomKilled {
      requireNonNull(id);
    }
  }

  /** An operation of this launch that may fail did so, or an exit record could not be written. */
  record Warning(String id, ShimException cause) implements ShimEvent {
    /** Checks the components. */
    public Warning {
      requireNonNull(id);
      requireNonNull(cause);
    }
  }

  /** Null for a frame that is no event that this side knows (a newer shim's). */
  static @Nullable ShimEvent decode(Frame frame) throws IOException {
    if (frame.type() == ShimMessage.EXITED.code()) {
      return new Exited(WireReader.whole(frame.payload(), ShimProcess::decode));
    }
    if (frame.type() == ShimMessage.OOM.code()) {
      return new OomKilled(WireReader.whole(frame.payload(), WireReader::str));
    }
    if (frame.type() == ShimMessage.WARN.code()) {
      return WireReader.whole(frame.payload(), ShimEvent::warning);
    }
    return null;
  }

  private static Warning warning(WireReader in) {
    String id = in.str();
    long index = in.u32();
    int opcode = in.u16();
    int errno = in.i32();
    long item = in.u32();
    return new Warning(id, new ShimException(errno, index, opcode, item, in.str()));
  }
}
