package dev.carafe.agent.admin;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.admin.v1.ListClassesRequest;
import dev.carafe.agent.admin.v1.ListClassesResponse;
import dev.carafe.agent.admin.v1.RdtClass;
import dev.carafe.agent.admin.v1.RdtContainer;
import dev.carafe.agent.admin.v1.RdtGrpc;
import dev.carafe.agent.container.Container;
import dev.carafe.agent.container.ContainerTable;
import dev.carafe.agent.cri.Calls;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.agent.rdt.RdtPlacement;
import dev.carafe.agent.rdt.RdtView;
import dev.carafe.cri.v1.PodSandboxMetadata;
import io.grpc.stub.StreamObserver;
import java.util.Locale;

/** {@code carafe.admin.v1.Rdt}. Thread-safe. */
public final class RdtService extends RdtGrpc.RdtImplBase {
  private final RdtPlacement rdt;
  private final ContainerTable containers;
  private final PodManager pods;
  private final Calls calls = new Calls();

  /** The service over these. */
  public RdtService(RdtPlacement rdt, ContainerTable containers, PodManager pods) {
    this.rdt = requireNonNull(rdt, "rdt is null");
    this.containers = requireNonNull(containers, "containers is null");
    this.pods = requireNonNull(pods, "pods is null");
  }

  @Override
  public void listClasses(
      ListClassesRequest request, StreamObserver<ListClassesResponse> observer) {
    calls.blocking(
        "ListClasses",
        observer,
        () -> {
          RdtView view = rdt.view();
          String problem = view.problem();
          ListClassesResponse.Builder response =
              ListClassesResponse.newBuilder().setProblem(problem == null ? "" : problem);
          view.classes().forEach(row -> response.addClasses(message(row)));
          return response.build();
        });
  }

  private RdtClass message(RdtView.ClassRow row) {
    RdtClass.Builder message =
        RdtClass.newBuilder()
            .setName(row.name())
            .setKind(row.kind().name().toLowerCase(Locale.ROOT))
            .setGroup(row.group())
            .addAllSchemata(row.schemata())
            .setTasks(row.tasks());
    row.containers().forEach(id -> message.addContainers(message(id)));
    return message.build();
  }

  private RdtContainer message(String id) {
    RdtContainer.Builder message = RdtContainer.newBuilder().setId(id);
    Container container = containers.find(id);
    if (container == null) {
      return message.build();
    }
    message.setName(container.state().record().config().getMetadata().getName());
    Pod pod = pods.find(container.state().record().podId());
    if (pod != null) {
      PodSandboxMetadata metadata = pod.state().record().config().getMetadata();
      message.setPodNamespace(metadata.getNamespace()).setPodName(metadata.getName());
    }
    return message.build();
  }
}
