package dev.carafe.agent.name;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The names under which things are created, each at most once.
 *
 * <p>A creation outlives its caller. When the caller went before its answer, the next one with the
 * same name and the same configuration takes over: it waits for the creation in flight and gets the
 * same id. Any other second creation under a name is refused. Thread-safe.
 */
public final class Reservations {
  private final String what;
  private final ConcurrentHashMap<String, Claim> claims = new ConcurrentHashMap<>();

  private record Claim(String digest, CompletableFuture<String> id, AtomicBoolean abandoned) {}

  /**
   * @param what what is created, for messages: "pod", "container"
   */
  public Reservations(String what) {
    this.what = requireNonNull(what, "what is null");
  }

  /**
   * Creates a thing under a name, or hands over the creation that an earlier caller gave up on.
   *
   * @param name the name, unique among things of this sort
   * @param digest a digest of the whole configuration
   * @param creation makes the thing under the id that it is given; it runs on this thread
   * @return the id
   * @throws Failure of kind EXISTS when the name is taken; otherwise whatever {@code creation}
   *     threw
   */
  public String create(String name, String digest, Caller caller, Consumer<String> creation) {
    Claim mine = new Claim(digest, new CompletableFuture<>(), new AtomicBoolean());
    Claim present = claims.putIfAbsent(name, mine);
    if (present != null) {
      return takeOver(name, digest, caller, present);
    }
    caller.onGone(() -> mine.abandoned().set(true));
    String id = Ids.random();
    try {
      creation.accept(id);
      mine.id().complete(id);
      return id;
    } catch (RuntimeException | Error failure) {
      claims.remove(name, mine);
      mine.id().completeExceptionally(failure);
      throw failure;
    }
  }

  /** Takes a name for a thing that exists already, found at the agent's start. */
  public void restore(String name, String digest, String id) {
    claims.put(name, new Claim(digest, CompletableFuture.completedFuture(id), new AtomicBoolean()));
  }

  /** Frees a name whose thing is gone. */
  public void release(String name, String id) {
    claims.computeIfPresent(
        name, (key, claim) -> id.equals(claim.id().getNow(null)) ? null : claim);
  }

  private String takeOver(String name, String digest, Caller caller, Claim claim) {
    if (!claim.abandoned().get()) {
      throw Failure.exists(taken(name, claim, "already exists"));
    }
    if (!claim.digest().equals(digest)) {
      throw Failure.exists(taken(name, claim, "already exists with another configuration"));
    }
    if (!claim.abandoned().compareAndSet(true, false)) {
      throw Failure.exists(taken(name, claim, "is being created for another caller"));
    }
    caller.onGone(() -> claim.abandoned().set(true));
    try {
      return claim.id().join();
    } catch (CompletionException failure) {
      throw failure.getCause() instanceof RuntimeException cause ? cause : failure;
    }
  }

  private String taken(String name, Claim claim, String how) {
    Function<String, String> withId = id -> id.isEmpty() ? "" : " (id " + id + ")";
    boolean done = claim.id().isDone() && !claim.id().isCompletedExceptionally();
    return "%s %s %s%s; remove it or use the next attempt number"
        .formatted(what, name, how, withId.apply(done ? claim.id().join() : ""));
  }
}
