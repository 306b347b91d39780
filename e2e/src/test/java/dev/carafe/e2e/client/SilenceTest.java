package dev.carafe.e2e.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.cri.v1.VersionRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SilenceTest {
  @TempDir private Path directory;

  @Test
  void theFirstCallThatNobodyAnswersIsTold() throws IOException {
    Path socket = directory.resolve("mute.sock");
    List<String> told = new CopyOnWriteArrayList<>();
    try (ServerSocketChannel mute = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        CriClient client = CriClient.of(socket, Duration.ofMillis(200), told::add)) {
      mute.bind(UnixDomainSocketAddress.of(socket));
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> client.runtime().version(VersionRequest.getDefaultInstance()))
            .isInstanceOf(StatusRuntimeException.class)
            .hasMessageContaining("DEADLINE_EXCEEDED");
      }
      assertThat(told).containsExactly("runtime.v1.RuntimeService/Version");
    }
  }

  @Test
  void aRefusalIsNotSilence() {
    List<String> told = new CopyOnWriteArrayList<>();
    try (CriClient client =
        CriClient.of(directory.resolve("nobody.sock"), Duration.ofSeconds(60), told::add)) {
      assertThatThrownBy(() -> client.runtime().version(VersionRequest.getDefaultInstance()))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessageContaining("UNAVAILABLE");
      assertThat(told).isEmpty();
    }
  }
}
