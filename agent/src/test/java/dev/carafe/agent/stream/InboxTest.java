package dev.carafe.agent.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class InboxTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Backlog backlog = new Backlog(channel);
  private final Inbox inbox = new Inbox(backlog);

  private static Inbox.Input bytes(int length) {
    return new Inbox.Input.Bytes(new byte[length]);
  }

  @Test
  void itemsComeOutInOrder() throws Exception {
    inbox.add(bytes(3));
    inbox.add(new Inbox.Input.Size(24, 80));
    inbox.add(new Inbox.Input.End());
    List<Inbox.Input> taken = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      taken.add(inbox.take());
    }
    assertThat(taken.get(0)).isInstanceOf(Inbox.Input.Bytes.class);
    assertThat(taken.get(1)).isEqualTo(new Inbox.Input.Size(24, 80));
    assertThat(taken.get(2)).isEqualTo(new Inbox.Input.End());
  }

  @Test
  void readingStopsAboveTheLimitAndGoesOnWhenMostIsTaken() throws Exception {
    int chunk = Backlog.HIGH / 4;
    for (int i = 0; i < 3; i++) {
      inbox.add(bytes(chunk));
    }
    assertThat(channel.config().isAutoRead()).isTrue();
    inbox.add(bytes(chunk));
    assertThat(channel.config().isAutoRead()).isFalse();
    inbox.take();
    inbox.take();
    assertThat(channel.config().isAutoRead()).isFalse();
    inbox.take();
    inbox.take();
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void smallItemsCountToo() {
    for (int i = 0; i < Backlog.HIGH / 64 + 1; i++) {
      inbox.add(bytes(0));
    }
    assertThat(channel.config().isAutoRead()).isFalse();
  }

  @Test
  void twoInboxesOfOneConnectionShareItsLimit() {
    Inbox other = new Inbox(backlog);
    inbox.add(bytes(Backlog.HIGH / 2));
    assertThat(channel.config().isAutoRead()).isTrue();
    other.add(bytes(Backlog.HIGH / 2));
    assertThat(channel.config().isAutoRead()).isFalse();
    other.discard();
    inbox.discard();
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void whatComesAfterADiscardIsDropped() {
    inbox.discard();
    inbox.add(bytes(2 * Backlog.HIGH));
    assertThat(channel.config().isAutoRead()).isTrue();
  }
}
