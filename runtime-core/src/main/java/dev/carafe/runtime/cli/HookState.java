package dev.carafe.runtime.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.runtime.container.ContainerRecord;
import dev.carafe.runtime.spec.Seccomp;
import dev.carafe.runtime.spec.Spec;
import java.util.Arrays;
import java.util.List;

/**
 * A container's state as hooks and seccomp agents read it (runtime-spec: runtime.md, State). Where
 * the pid is not known yet the text comes in parts, between which it belongs.
 */
final class HookState {
  /** Stands for the pid until the text is cut there; no text of a configuration is a number. */
  private static final long PID = Long.MIN_VALUE;

  private HookState() {}

  static String text(ContainerRecord record, String status, int pid) {
    return state(record, status, pid).toString();
  }

  static List<String> parts(ContainerRecord record, String status) {
    return cut(state(record, status, PID));
  }

  /** The message to a seccomp agent; the descriptor goes with it. */
  static List<String> seccomp(ContainerRecord record, Seccomp seccomp, String status, int init) {
    ObjectNode message = Json.object();
    message.put("ociVersion", Spec.VERSION);
    message.putArray("fds").add("seccompFd");
    message.put("pid", PID);
    if (seccomp.listenerMetadata() != null) {
      message.put("metadata", seccomp.listenerMetadata());
    }
    message.set("state", state(record, status, init == 0 ? PID : init));
    return cut(message);
  }

  private static List<String> cut(ObjectNode json) {
    return Arrays.asList(json.toString().split(Long.toString(PID), -1));
  }

  private static ObjectNode state(ContainerRecord record, String status, long pid) {
    ObjectNode state = Json.object();
    state.put("ociVersion", Spec.VERSION);
    state.put("id", record.id());
    state.put("status", status);
    state.put("pid", pid);
    state.put("bundle", record.bundle());
    if (!record.annotations().isEmpty()) {
      ObjectNode annotations = state.putObject("annotations");
      record.annotations().forEach(annotations::put);
    }
    return state;
  }
}
