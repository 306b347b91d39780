package dev.carafe.agent.introspect;

import io.grpc.BindableService;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Health and reflection for a server's services. */
public final class Introspection {
  private Introspection() {}

  /** The services, and behind them those that tell of them. */
  public static List<BindableService> added(List<BindableService> services) {
    Set<String> names =
        services.stream()
            .map(service -> service.bindService().getServiceDescriptor().getName())
            .collect(Collectors.toSet());
    List<BindableService> all = new ArrayList<>(services);
    all.add(new HealthService(names));
    all.add(new ReflectionService(List.copyOf(all)));
    return List.copyOf(all);
  }
}
