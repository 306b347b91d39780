package dev.carafe.agent.admin;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.admin.v1.DomainUsage;
import dev.carafe.agent.admin.v1.GroupUsage;
import dev.carafe.agent.admin.v1.RdtUsageGrpc;
import dev.carafe.agent.admin.v1.ReadUsageRequest;
import dev.carafe.agent.admin.v1.ReadUsageResponse;
import dev.carafe.agent.cri.Calls;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.rdt.mon.Monitoring;
import dev.carafe.agent.rdt.mon.RdtSeries;
import dev.carafe.runtime.rdt.mon.Counters;
import dev.carafe.runtime.rdt.mon.Tenant;
import dev.carafe.runtime.rdt.mon.Usage;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** {@code carafe.admin.v1.RdtUsage}. Thread-safe. */
public final class RdtUsageService extends RdtUsageGrpc.RdtUsageImplBase {
  private final Monitoring monitoring;
  private final Calls calls = new Calls();

  /** The service over this node's counters. */
  public RdtUsageService(Monitoring monitoring) {
    this.monitoring = requireNonNull(monitoring, "monitoring is null");
  }

  @Override
  public void read(ReadUsageRequest request, StreamObserver<ReadUsageResponse> observer) {
    calls.blocking(
        "ReadUsage",
        observer,
        () -> {
          List<Usage> usages = monitoring.usage().read();
          if (usages.isEmpty()) {
            throw Failure.wrongState(
                "this node counts nothing: expected a mounted resctrl with mon_data at "
                    + monitoring.root());
          }
          ReadUsageResponse.Builder response = ReadUsageResponse.newBuilder();
          usages.forEach(usage -> response.addGroups(group(usage)));
          return response.build();
        });
  }

  private static GroupUsage group(Usage usage) {
    GroupUsage.Builder group =
        GroupUsage.newBuilder()
            .setClassName(RdtSeries.className(usage.controlGroup()))
            .setNanos(usage.nanos());
    Tenant tenant = usage.tenant();
    if (tenant != null) {
      group.setNamespace(tenant.namespace()).setPod(tenant.pod()).setContainer(tenant.container());
    }
    usage.domains().forEach((id, counters) -> group.addDomains(domain(id, counters)));
    return group.build();
  }

  private static DomainUsage domain(int id, Counters counters) {
    DomainUsage.Builder domain = DomainUsage.newBuilder().setId(id);
    Long occupancy = counters.occupancy();
    if (occupancy != null) {
      domain.setOccupancy(occupancy);
    }
    Long local = counters.localBytes();
    if (local != null) {
      domain.setLocalBytes(local);
    }
    Long total = counters.totalBytes();
    if (total != null) {
      domain.setTotalBytes(total);
    }
    return domain.build();
  }
}
