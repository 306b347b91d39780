package dev.carafe.runtime.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class NativeTest {
  @Test
  void errnoBelongsToTheCall() {
    assertThat(Processes.signalIfAlive((int) ProcessHandle.current().pid(), 0)).isTrue();
    assertThat(Processes.signalIfAlive(Integer.MAX_VALUE, 0)).isFalse();
    assertThatThrownBy(() -> Processes.signalIfAlive((int) ProcessHandle.current().pid(), 1000))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.error()).isEqualTo(Errno.EINVAL))
        .hasMessageContaining("signal 1000")
        .hasMessageContaining("invalid argument (EINVAL)");
  }

  @Test
  void neverSignalsAGroup() {
    assertThatThrownBy(() -> Processes.signalIfAlive(-1, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Processes.signalIfAlive(0, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aMissingLibraryIsNamed() {
    assertThatThrownBy(() -> Native.load(Processes.Functions.class, "libcarafe-none.so.9"))
        .isInstanceOf(MissingLibraryException.class)
        .hasMessageContaining("libcarafe-none.so.9");
  }
}
