package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.Cases;
import dev.carafe.runtime.spec.Mount;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class MountsTest {
  private static final Mounts.ContainerFlags PLAIN = new Mounts.ContainerFlags(false, false);

  private static final List<String> NAMES =
      List.of("dev", "shm", "pts", "proc", "sys", "fs", "cgroup", "etc", "hostname", "a");

  private static List<String> destinations(Random random) {
    return Stream.generate(() -> destination(random)).limit(random.nextInt(12)).toList();
  }

  private static String destination(Random random) {
    return Stream.generate(() -> "/" + NAMES.get(random.nextInt(NAMES.size())))
        .limit(1 + random.nextInt(4))
        .collect(Collectors.joining());
  }

  private static Mount volume(String destination, String source) {
    return new Mount(destination, "bind", source, List.of("rbind"));
  }

  @Test
  void noTwoMountsHaveTheSameDestinationAndNoneHidesAnother() {
    Cases.check(1000, random -> checkOrder(destinations(random)));
  }

  private static void checkOrder(List<String> destinations) {
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

  @Test
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
