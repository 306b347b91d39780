package dev.carafe.agent.introspect;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.carafe.agent.introspect.v1.ErrorResponse;
import dev.carafe.agent.introspect.v1.FileDescriptorResponse;
import dev.carafe.agent.introspect.v1.ListServiceResponse;
import dev.carafe.agent.introspect.v1.ServerReflectionGrpc;
import dev.carafe.agent.introspect.v1.ServerReflectionRequest;
import dev.carafe.agent.introspect.v1.ServerReflectionResponse;
import dev.carafe.agent.introspect.v1.ServiceResponse;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.stub.StreamObserver;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code grpc.reflection.v1.ServerReflection}, by which grpcurl and its kin work without .proto
 * files. Descriptors are read when somebody asks. Thread-safe.
 */
public final class ReflectionService extends ServerReflectionGrpc.ServerReflectionImplBase {
  private final Map<String, ProtoFileDescriptorSupplier> services = new TreeMap<>();

  /** Tells of these services, and of itself. */
  public ReflectionService(List<BindableService> offered) {
    offered.forEach(service -> add(service.bindService()));
    add(bindService());
  }

  private void add(ServerServiceDefinition service) {
    if (service.getServiceDescriptor().getSchemaDescriptor()
        instanceof ProtoFileDescriptorSupplier supplier) {
      services.put(service.getServiceDescriptor().getName(), supplier);
    }
  }

  @Override
  public StreamObserver<ServerReflectionRequest> serverReflectionInfo(
      StreamObserver<ServerReflectionResponse> answers) {
    return new StreamObserver<>() {
      @Override
      public void onNext(ServerReflectionRequest request) {
        answers.onNext(answer(request));
      }

      @Override
      public void onError(Throwable gone) {
        // The client went: nobody is left to be answered.
      }

      @Override
      public void onCompleted() {
        answers.onCompleted();
      }
    };
  }

  private ServerReflectionResponse answer(ServerReflectionRequest request) {
    ServerReflectionResponse.Builder answer =
        ServerReflectionResponse.newBuilder()
            .setValidHost(request.getHost())
            .setOriginalRequest(request);
    switch (request.getMessageRequestCase()) {
      case LIST_SERVICES -> answer.setListServicesResponse(list());
      case FILE_BY_FILENAME ->
          file(answer, files().get(request.getFileByFilename()), request.getFileByFilename());
      case FILE_CONTAINING_SYMBOL ->
          file(
              answer,
              holderOf(request.getFileContainingSymbol()),
              request.getFileContainingSymbol());
      default ->
          answer.setErrorResponse(
              error(Status.Code.NOT_FOUND, "nothing here has extensions (proto3)"));
    }
    return answer.build();
  }

  private ListServiceResponse list() {
    ListServiceResponse.Builder list = ListServiceResponse.newBuilder();
    services.keySet().forEach(name -> list.addService(ServiceResponse.newBuilder().setName(name)));
    return list.build();
  }

  private static void file(
      ServerReflectionResponse.Builder answer, @Nullable FileDescriptor file, String asked) {
    if (file == null) {
      answer.setErrorResponse(error(Status.Code.NOT_FOUND, "\"" + asked + "\" is not known here"));
      return;
    }
    Map<String, FileDescriptor> all = new LinkedHashMap<>();
    collect(file, all);
    FileDescriptorResponse.Builder found = FileDescriptorResponse.newBuilder();
    all.values().forEach(one -> found.addFileDescriptorProto(one.toProto().toByteString()));
    answer.setFileDescriptorResponse(found);
  }

  private Map<String, FileDescriptor> files() {
    Map<String, FileDescriptor> all = new LinkedHashMap<>();
    services.values().forEach(supplier -> collect(supplier.getFileDescriptor(), all));
    return all;
  }

  private static void collect(FileDescriptor file, Map<String, FileDescriptor> all) {
    if (all.putIfAbsent(file.getName(), file) == null) {
      file.getDependencies().forEach(dependency -> collect(dependency, all));
    }
  }

  private @Nullable FileDescriptor holderOf(String symbol) {
    for (FileDescriptor file : files().values()) {
      String prefix = file.getPackage().isEmpty() ? "" : file.getPackage() + ".";
      if (symbol.startsWith(prefix) && has(file, symbol.substring(prefix.length()))) {
        return file;
      }
    }
    return null;
  }

  /** A service, one of its methods, a message, or something inside a message. */
  private static boolean has(FileDescriptor file, String name) {
    String first = name.contains(".") ? name.substring(0, name.indexOf('.')) : name;
    ServiceDescriptor service = file.findServiceByName(first);
    if (service != null) {
      return first.equals(name)
          || service.findMethodByName(name.substring(first.length() + 1)) != null;
    }
    return file.findMessageTypeByName(first) != null || file.findEnumTypeByName(first) != null;
  }

  private static ErrorResponse error(Status.Code code, String message) {
    return ErrorResponse.newBuilder().setErrorCode(code.value()).setErrorMessage(message).build();
  }
}
