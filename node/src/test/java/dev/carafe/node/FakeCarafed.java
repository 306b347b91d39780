package dev.carafe.node;

import dev.carafe.node.rdt.Carafed;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Answers reloads, and tells the events it was given. */
final class FakeCarafed implements Carafed {
  final List<NodeNews> news = new ArrayList<>();
  int reloads;
  boolean accepts = true;
  boolean away;

  @Override
  public Reloaded reload() throws UnreachableException {
    if (away) {
      throw new UnreachableException("away", new IllegalStateException());
    }
    reloads++;
    return new Reloaded(accepts, accepts ? "in force" : "class gold is used by 3 containers");
  }

  @Override
  public List<String> classes() {
    return List.of();
  }

  @Override
  public void events(Consumer<NodeNews> listener) throws UnreachableException {
    news.forEach(listener);
    throw new UnreachableException("gone", new IllegalStateException());
  }
}
