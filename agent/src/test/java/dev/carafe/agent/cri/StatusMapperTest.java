package dev.carafe.agent.cri;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.runtime.spec.SpecException;
import io.grpc.Status;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StatusMapperTest {
  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(Failure.notFound("m"), Status.Code.NOT_FOUND),
        Arguments.of(Failure.invalid("m"), Status.Code.INVALID_ARGUMENT),
        Arguments.of(Failure.wrongState("m"), Status.Code.FAILED_PRECONDITION),
        Arguments.of(Failure.exists("m"), Status.Code.ALREADY_EXISTS),
        Arguments.of(Failure.unavailable("m", null), Status.Code.UNAVAILABLE),
        Arguments.of(Failure.deadline("m"), Status.Code.DEADLINE_EXCEEDED),
        Arguments.of(Failure.exhausted("m", null), Status.Code.RESOURCE_EXHAUSTED),
        Arguments.of(Failure.unimplemented("m"), Status.Code.UNIMPLEMENTED),
        Arguments.of(Failure.internal("m", null), Status.Code.UNKNOWN),
        Arguments.of(new ImageException.NotFound("m"), Status.Code.NOT_FOUND),
        Arguments.of(new ImageException.InvalidReference("m"), Status.Code.INVALID_ARGUMENT),
        Arguments.of(new ImageException.RegistryUnavailable("m", null), Status.Code.UNKNOWN),
        Arguments.of(new ImageException.DiskFull("m", null), Status.Code.RESOURCE_EXHAUSTED),
        Arguments.of(new ImageException.PullTimedOut("m", null), Status.Code.DEADLINE_EXCEEDED),
        Arguments.of(new SpecException("process.cwd", "m"), Status.Code.INVALID_ARGUMENT),
        Arguments.of(new IOException("m"), Status.Code.UNKNOWN));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void everyFailureHasItsCodeAndKeepsItsSentence(Throwable failure, Status.Code code) {
    Status status = StatusMapper.map("Rpc", failure).getStatus();

    assertThat(status.getCode()).isEqualTo(code);
    assertThat(status.getDescription()).contains("m");
  }
}
