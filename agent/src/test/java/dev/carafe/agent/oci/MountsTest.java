package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.spec.Mount;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

final class MountsTest {
  private static final Mounts.ContainerFlags PLAIN = new Mounts.ContainerFlags(false, false);

  @Provide
  Arbitrary<List<String>> destinations() {
    Arbitrary<String> name =
        Arbitraries.of("dev", "shm", "pts", "proc", "sys", "fs", "cgroup", "etc", "hostname", "a");
    return name.list().ofMinSize(1).ofMaxSize(4).map(names -> "/" + String.join("/", names)).list();
  }

  private static Mount volume(String destination, String source) {
    return new Mount(destination, "bind", source, List.of("rbind"));
  }

  @Property
  void noTwoMountsHaveTheSameDestinationAndNoneHidesAnother(
      @ForAll("destinations") List<String> destinations) {
    List<Mount> volumes =
        destinations.stream().map(destination -> volume(destination, "/v")).toList();
    List<String> all =
        Mounts.of(Fixtures.pod(), PLAIN, volumes).stream().map(Mount::destination).toList();
    assertThat(all).doesNotHaveDuplicates().containsAll(destinations);
    for (int later = 0; later < all.size(); later++) {
      Path mounted = Path.of(all.get(later));
      assertThat(all.subList(0, later)).noneMatch(earlier -> Path.of(earlier).startsWith(mounted));
    }
  }

  @Example
  void theLaterOfTwoVolumesWins() {
    List<Mount> mounts =
        Mounts.of(Fixtures.pod(), PLAIN, List.of(volume("/v", "/first"), volume("/v", "/second")));
    assertThat(mounts)
        .filteredOn(mount -> mount.destination().equals("/v"))
        .singleElement()
        .extracting(Mount::source)
        .isEqualTo("/second");
  }
}
