package dev.carafe.runtime.plan;

/** Bytes that are no launch plan. */
public final class PlanFormatException extends Exception {
  private static final long serialVersionUID = 1;

  public PlanFormatException(String message) {
    super(message);
  }
}
