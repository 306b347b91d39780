package dev.carafe.node.host;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A cluster that writes down what it was asked. */
final class FakeGate implements NodeGate {
  final List<String> asked = new ArrayList<>();
  boolean becomesReady = true;

  @Override
  public void close(String build) {
    asked.add("close " + build);
  }

  @Override
  public void drain(Duration patience) {
    asked.add("drain");
  }

  @Override
  public void awaitReady(Duration patience) throws HostException {
    asked.add("ready?");
    if (!becomesReady) {
      throw new HostException("the node is not ready");
    }
  }

  @Override
  public void open(String build) {
    asked.add("open " + build);
  }

  @Override
  public void failed(String build, String message) {
    asked.add("failed " + build);
  }

  @Override
  public void gone() {
    asked.add("gone");
  }
}
