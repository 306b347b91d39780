package dev.carafe.agent.introspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import dev.carafe.agent.admin.v1.AdminGrpc;
import dev.carafe.agent.introspect.v1.HealthCheckRequest;
import dev.carafe.agent.introspect.v1.HealthCheckResponse;
import dev.carafe.agent.introspect.v1.HealthCheckResponse.ServingStatus;
import dev.carafe.agent.introspect.v1.ServerReflectionRequest;
import dev.carafe.agent.introspect.v1.ServerReflectionResponse;
import dev.carafe.agent.introspect.v1.ServiceResponse;
import dev.carafe.cri.v1.RuntimeServiceGrpc;
import io.grpc.BindableService;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Health and reflection of two services. */
class IntrospectionTest {
  private static final List<BindableService> ALL =
      Introspection.added(
          List.of(
              new RuntimeServiceGrpc.RuntimeServiceImplBase() {},
              new AdminGrpc.AdminImplBase() {}));

  /** Keeps what it hears. */
  private static final class Heard<T> implements StreamObserver<T> {
    private final List<T> values = new ArrayList<>();
    private @Nullable Throwable error;
    private boolean completed;

    @Override
    public void onNext(T value) {
      values.add(value);
    }

    @Override
    public void onError(Throwable failure) {
      error = failure;
    }

    @Override
    public void onCompleted() {
      completed = true;
    }
  }

  private static <T> T only(Class<T> type) {
    return ALL.stream().filter(type::isInstance).map(type::cast).findFirst().orElseThrow();
  }

  private static ServerReflectionResponse ask(ServerReflectionRequest.Builder request) {
    Heard<ServerReflectionResponse> heard = new Heard<>();
    StreamObserver<ServerReflectionRequest> questions =
        only(ReflectionService.class).serverReflectionInfo(heard);
    questions.onNext(request.build());
    questions.onCompleted();
    assertThat(heard.completed).isTrue();
    return heard.values.getFirst();
  }

  @Test
  void whoAsksIsServed() {
    for (String name : List.of("", RuntimeServiceGrpc.SERVICE_NAME, AdminGrpc.SERVICE_NAME)) {
      Heard<HealthCheckResponse> heard = new Heard<>();
      only(HealthService.class)
          .check(HealthCheckRequest.newBuilder().setService(name).build(), heard);
      assertThat(heard.values)
          .extracting(HealthCheckResponse::getStatus)
          .containsExactly(ServingStatus.SERVING);
    }
  }

  @Test
  void unknownServicesAreToldApart() {
    HealthCheckRequest request = HealthCheckRequest.newBuilder().setService("no.Such").build();
    Heard<HealthCheckResponse> checked = new Heard<>();
    only(HealthService.class).check(request, checked);
    assertThat(checked.error)
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("NOT_FOUND")
        .hasMessageContaining("no.Such");

    Heard<HealthCheckResponse> watched = new Heard<>();
    only(HealthService.class).watch(request, watched);
    assertThat(watched.values)
        .extracting(HealthCheckResponse::getStatus)
        .containsExactly(ServingStatus.SERVICE_UNKNOWN);
    assertThat(watched.completed).isFalse();
  }

  @Test
  void reflectionListsServices() {
    assertThat(
            ask(ServerReflectionRequest.newBuilder().setListServices(""))
                .getListServicesResponse()
                .getServiceList())
        .extracting(ServiceResponse::getName)
        .containsExactly(
            "carafe.admin.v1.Admin",
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection",
            "runtime.v1.RuntimeService");
  }

  @Test
  void filesComeWithWhatTheyImport() throws Exception {
    for (String symbol :
        List.of(
            "runtime.v1.RuntimeService",
            "runtime.v1.RuntimeService.Version",
            "runtime.v1.VersionRequest")) {
      ServerReflectionResponse answer =
          ask(ServerReflectionRequest.newBuilder().setFileContainingSymbol(symbol));
      ByteString first = answer.getFileDescriptorResponse().getFileDescriptorProto(0);
      FileDescriptorProto file = FileDescriptorProto.parseFrom(first);
      assertThat(file.getPackage()).isEqualTo("runtime.v1");
      assertThat(
              ask(ServerReflectionRequest.newBuilder().setFileByFilename(file.getName()))
                  .getFileDescriptorResponse()
                  .getFileDescriptorProto(0))
          .isEqualTo(first);
    }
  }

  @Test
  void whatIsNotThereIsAnErrorInTheAnswer() {
    assertThat(
            ask(ServerReflectionRequest.newBuilder().setFileContainingSymbol("runtime.v1.Nothing"))
                .getErrorResponse()
                .getErrorCode())
        .isEqualTo(5);
  }
}
