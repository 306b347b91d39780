package dev.carafe.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.admin.v1.DomainUsage;
import dev.carafe.agent.admin.v1.GroupUsage;
import dev.carafe.agent.admin.v1.ReadUsageResponse;
import dev.carafe.agent.cli.UsageRates.Row;
import dev.carafe.agent.cli.UsageRates.Use;
import dev.carafe.agent.cli.UsageRates.Who;
import java.util.List;
import org.junit.jupiter.api.Test;

final class UsageRatesTest {
  private static final long SECOND = 1_000_000_000;

  private static GroupUsage group(
      String clazz, String pod, String container, long nanos, DomainUsage... domains) {
    return GroupUsage.newBuilder()
        .setClassName(clazz)
        .setNamespace(pod.isEmpty() ? "" : "ns")
        .setPod(pod)
        .setContainer(container)
        .setNanos(nanos)
        .addAllDomains(List.of(domains))
        .build();
  }

  private static DomainUsage domain(int id, long occupancy, long local, long total) {
    return DomainUsage.newBuilder()
        .setId(id)
        .setOccupancy(occupancy)
        .setLocalBytes(local)
        .setTotalBytes(total)
        .build();
  }

  private static ReadUsageResponse look(GroupUsage... groups) {
    return ReadUsageResponse.newBuilder().addAllGroups(List.of(groups)).build();
  }

  @Test
  void ratesAreOfTheTimeBetweenTheReadsOfOneGroup() {
    List<Row> rows =
        UsageRates.between(
            look(group("gold", "", "", 0, domain(0, 1, 100, 1000), domain(1, 2, 0, 0))),
            look(group("gold", "", "", 2 * SECOND, domain(0, 5, 300, 3000), domain(1, 6, 10, 20))));
    assertThat(rows).hasSize(1);
    assertThat(rows.getFirst().domains())
        .containsEntry(0, new Use(5, 100, 1000))
        .containsEntry(1, new Use(6, 5, 10));
    assertThat(rows.getFirst().sum()).isEqualTo(new Use(11, 105, 1010));
  }

  @Test
  void theBusiestClassIsFirstAndItsTenantsFollowIt() {
    List<Row> rows =
        UsageRates.between(
            look(
                group("a", "", "", 0, domain(0, 0, 0, 0)),
                group("b", "", "", 0, domain(0, 0, 0, 0)),
                group("b", "p", "x", 0, domain(0, 0, 0, 0)),
                group("b", "q", "x", 0, domain(0, 0, 0, 0))),
            look(
                group("a", "", "", SECOND, domain(0, 0, 0, 10)),
                group("b", "", "", SECOND, domain(0, 0, 0, 30)),
                group("b", "p", "x", SECOND, domain(0, 0, 0, 5)),
                group("b", "q", "x", SECOND, domain(0, 0, 0, 25))));
    assertThat(rows)
        .extracting(Row::who)
        .containsExactly(
            new Who("b", "", "", ""),
            new Who("b", "ns", "q", "x"),
            new Who("b", "ns", "p", "x"),
            new Who("a", "", "", ""));
  }

  @Test
  void aPodInTwoClassesIsSummed() {
    List<Row> rows =
        UsageRates.between(
            look(
                group("a", "", "", 0),
                group("b", "", "", 0),
                group("a", "p", "", 0, domain(0, 0, 0, 0)),
                group("b", "p", "", 0, domain(0, 0, 0, 0), domain(1, 0, 0, 0)),
                group("b", "q", "", 0, domain(0, 0, 0, 0))),
            look(
                group("a", "", "", SECOND),
                group("b", "", "", SECOND),
                group("a", "p", "", SECOND, domain(0, 1, 2, 3)),
                group("b", "p", "", SECOND, domain(0, 10, 20, 30), domain(1, 5, 5, 5)),
                group("b", "q", "", SECOND, domain(0, 1, 1, 1))));
    assertThat(rows).hasSize(6);
    assertThat(rows.getLast().who()).isEqualTo(new Who("", "ns", "p", ""));
    assertThat(rows.getLast().domains())
        .containsEntry(0, new Use(11, 22, 33))
        .containsEntry(1, new Use(5, 5, 5));
  }

  @Test
  void whatWasMadeAnewOrIsUnknownHasNoRate() {
    DomainUsage unknown = DomainUsage.newBuilder().setId(0).setOccupancy(4).build();
    List<Row> rows =
        UsageRates.between(
            look(
                group("again", "", "", 0, domain(0, 0, 500, 500)),
                group("unknown", "", "", 0, unknown)),
            look(
                group("again", "", "", SECOND, domain(0, 0, 5, 5)),
                group("unknown", "", "", SECOND, domain(0, 4, 900, 900)),
                group("new", "", "", SECOND, domain(0, 0, 5, 5))));
    assertThat(rows).extracting(row -> row.who().className()).containsExactly("again", "unknown");
    assertThat(rows.get(0).sum()).isEqualTo(new Use(0, 0, 0));
    assertThat(rows.get(1).sum()).isEqualTo(new Use(4, 0, 0));
  }
}
