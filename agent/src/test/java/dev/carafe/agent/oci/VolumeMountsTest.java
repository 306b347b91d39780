package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.IDMapping;
import dev.carafe.cri.v1.Mount;
import dev.carafe.cri.v1.MountPropagation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class VolumeMountsTest {
  private static final String LABEL = "system_u:object_r:container_file_t:s0:c1,c2";

  @TempDir Path dir;

  private static List<dev.carafe.runtime.spec.Mount> of(Mount.Builder wanted, String tags) {
    String line = "1 0 0:1 / / rw %s- ext4 /dev/sda rw".formatted(tags);
    return new VolumeMounts(() -> MountTable.parse(List.of(line)))
        .of(List.of(wanted.build()), Map.of(), false, null);
  }

  private Mount.Builder mount() {
    return Mount.newBuilder().setContainerPath("/data").setHostPath(dir.toString());
  }

  @Test
  void aVolumeIsRelabelledOnlyWhereItsMountAsksAndTheNodesOwnNever() throws IOException {
    VolumeMounts volumes = new VolumeMounts(() -> MountTable.parse(List.of()));
    for (String own : List.of("/", "/etc", "/usr")) {
      Mount.Builder wanted = mount().setHostPath(own);
      assertThat(volumes.of(List.of(wanted.build()), Map.of(), false, LABEL)).hasSize(1);
      wanted.setSelinuxRelabel(true);
      assertThatThrownBy(() -> volumes.of(List.of(wanted.build()), Map.of(), false, LABEL))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("mounts[0].selinux_relabel: of " + own);
    }
    Mount.Builder wanted = mount().setSelinuxRelabel(true);
    assertThat(SeLinuxFilesTest.labelOf(dir)).isNull();
    volumes.of(List.of(wanted.build()), Map.of(), false, null);
    assertThat(SeLinuxFilesTest.labelOf(dir)).isNull();
    volumes.of(List.of(wanted.build()), Map.of(), false, LABEL);
    assertThat(SeLinuxFilesTest.labelOf(dir)).isEqualTo(LABEL + "\0");
  }

  @ParameterizedTest(name = "{0} on a mount with {1}")
  @CsvSource({
    "PROPAGATION_PRIVATE,           '',                    rprivate",
    "PROPAGATION_PRIVATE,           'shared:1 ',           rprivate",
    "PROPAGATION_HOST_TO_CONTAINER, 'shared:1 ',           rslave",
    "PROPAGATION_HOST_TO_CONTAINER, 'master:1 ',           rslave",
    "PROPAGATION_HOST_TO_CONTAINER, 'shared:2 master:1 ',  rslave",
    "PROPAGATION_BIDIRECTIONAL,     'shared:1 ',           rshared",
    "PROPAGATION_BIDIRECTIONAL,     'shared:2 master:1 ',  rshared",
  })
  void propagation(MountPropagation propagation, String tags, String option) {
    assertThat(of(mount().setPropagation(propagation), tags).getFirst().options())
        .containsExactly("rbind", option);
  }

  @ParameterizedTest(name = "{0} on a mount with {1}")
  @CsvSource({
    "PROPAGATION_HOST_TO_CONTAINER, '',          a shared or slave mount",
    "PROPAGATION_BIDIRECTIONAL,     '',          a shared mount",
    "PROPAGATION_BIDIRECTIONAL,     'master:1 ', a shared mount",
  })
  void propagationNeedsAMountThatPropagates(
      MountPropagation propagation, String tags, String expected) {
    assertThatThrownBy(() -> of(mount().setPropagation(propagation), tags))
        .isInstanceOfSatisfying(
            Failure.class, f -> assertThat(f.kind()).isEqualTo(Failure.Kind.INVALID))
        .hasMessageContaining("mounts[0].propagation: ")
        .hasMessageContaining("is on the mount /, which is not " + expected);
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        bad("container_path: \"data\"", b -> b.setContainerPath("data")),
        bad("container_path: \"\"", b -> b.setContainerPath("")),
        bad("container_path: \"/a/..\" is the container's root", b -> b.setContainerPath("/a/..")),
        bad("host_path: \"\"", b -> b.setHostPath("")),
        bad("host_path: \"srv\"", b -> b.setHostPath("srv")),
        bad("recursive_read_only: is set while readonly is not", b -> b.setRecursiveReadOnly(true)),
        bad(
            "recursive_read_only: is set with propagation PROPAGATION_HOST_TO_CONTAINER",
            b ->
                b.setRecursiveReadOnly(true)
                    .setReadonly(true)
                    .setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER)),
        bad(
            "recursive_read_only: is set with propagation PROPAGATION_BIDIRECTIONAL",
            b ->
                b.setRecursiveReadOnly(true)
                    .setReadonly(true)
                    .setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL)),
        bad("propagation: 9", b -> b.setPropagationValue(9)),
        bad("mount_options: \"suid\"", b -> b.addMountOptions("suid")),
        bad("uidMappings: a range of length 0", b -> b.addUidMappings(IDMapping.newBuilder())));
  }

  private static Arguments bad(String message, UnaryOperator<Mount.Builder> change) {
    return Arguments.of(message, change);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void refused(String message, UnaryOperator<Mount.Builder> change) {
    assertThatThrownBy(() -> of(change.apply(mount()), "shared:1 "))
        .isInstanceOfSatisfying(
            Failure.class, f -> assertThat(f.kind()).isEqualTo(Failure.Kind.INVALID))
        .hasMessageContaining("mounts[0]." + message);
  }

  @Test
  void aDanglingLinkIsNotFollowedIntoBeing() throws IOException {
    Path link = Files.createSymbolicLink(dir.resolve("link"), dir.resolve("nowhere"));
    assertThatThrownBy(() -> of(mount().setHostPath(link.toString()), ""))
        .hasMessageContaining("mounts[0].host_path: %s is missing", link);
    assertThat(dir.resolve("nowhere")).doesNotExist();
  }

  @Test
  void theDeepestMountThatHoldsThePathDecides() {
    MountTable table =
        MountTable.parse(
            List.of(
                "1 0 0:1 / / rw shared:1 - ext4 /dev/sda rw",
                "2 1 0:2 / /srv rw - tmpfs tmpfs rw",
                "3 1 0:3 / /srv\\040a rw master:7 - tmpfs tmpfs rw",
                "4 2 0:4 / /srv rw shared:9 - tmpfs over rw",
                "nonsense"));
    assertThat(table.holding(Path.of("/srvx"))).isEqualTo(entry("/", true, false));
    assertThat(table.holding(Path.of("/srv/x"))).isEqualTo(entry("/srv", true, false));
    assertThat(table.holding(Path.of("/srv a/x"))).isEqualTo(entry("/srv a", false, true));
  }

  private static MountTable.Entry entry(String path, boolean shared, boolean slave) {
    return new MountTable.Entry(Path.of(path), shared, slave);
  }
}
