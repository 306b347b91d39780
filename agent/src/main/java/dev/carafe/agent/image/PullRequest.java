package dev.carafe.agent.image;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.registry.Credentials;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What to pull.
 *
 * @param reference as the pod spells it
 * @param timeout how long this caller waits, null for as long as bytes come; others that want the
 *     same image wait on
 */
public record PullRequest(String reference, Credentials credentials, @Nullable Duration timeout) {
  /** Checks for null. */
  public PullRequest {
    requireNonNull(reference, "reference is null");
    requireNonNull(credentials, "credentials is null");
  }
}
