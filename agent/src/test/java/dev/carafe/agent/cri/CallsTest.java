package dev.carafe.agent.cri;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.failure.Failure;
import io.grpc.Status;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CallsTest {
  private static FakeCall<List<Integer>> listing(Calls.Body<List<Integer>> body) {
    FakeCall<List<Integer>> client = new FakeCall<>();
    try (Calls calls = new Calls()) {
      calls.listing("Stream", client, body, List::copyOf);
    }
    return client;
  }

  @Test
  void aListingSendsEachItemOnceInMessagesOfAtMostTwoHundred() {
    List<Integer> items = IntStream.range(0, 401).boxed().toList();
    FakeCall<List<Integer>> client = listing(() -> items);
    assertThat(client.sent).extracting(List::size).containsExactly(200, 200, 1);
    assertThat(client.sent.stream().flatMap(List::stream)).containsExactlyElementsOf(items);
    assertThat(client.completed).isTrue();
  }

  @Test
  void anEmptyListingIsNoMessageAndTheEnd() {
    FakeCall<List<Integer>> client = listing(List::of);
    assertThat(client.sent).isEmpty();
    assertThat(client.completed).isTrue();
  }

  @Test
  void aListingThatFailsSendsNothingButItsReason() {
    FakeCall<List<Integer>> client =
        listing(() -> {
          throw Failure.unavailable("not now", null);
        });
    assertThat(client.sent).isEmpty();
    assertThat(client.completed).isFalse();
    assertThat(Status.fromThrowable(client.error).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
  }
}
