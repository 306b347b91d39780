package dev.carafe.agent.cri;

/** Hears of calls. */
@FunctionalInterface
public interface CallObserver {
  /**
   * A call has ended. Called on the thread that ended it: must not block.
   *
   * @param method its bare name
   * @param unary whether it has one request and one answer
   * @param code the gRPC status code's name
   * @param nanos since its headers came
   */
  void finished(String method, boolean unary, String code, long nanos);
}
