package dev.carafe.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MountOptionsTest {
  private static MountOptions parse(String options) {
    return MountOptions.parse(List.of(options.split(",", -1)));
  }

  @Test
  void laterOptionsWin() {
    assertThat(parse("ro,rw").set()).isZero();
    assertThat(parse("ro,rw").clear()).isEqualTo(MountAttr.RDONLY);
    assertThat(parse("rw,ro,nosuid").set()).isEqualTo(MountAttr.RDONLY | MountAttr.NOSUID);
    assertThat(parse("noatime,strictatime").set()).isEqualTo(MountAttr.STRICTATIME);
    assertThat(parse("noatime,strictatime").clear()).isEqualTo(MountAttr.ATIME_MASK);
    assertThat(parse("sync,async,silent").superFlags()).containsExactly("silent");
  }

  @Test
  void recursiveFormsApplyToTheTree() {
    MountOptions options = parse("rbind,rro,rnosuid,rnoatime,ro");

    assertThat(options.bind()).isTrue();
    assertThat(options.recursive()).isTrue();
    assertThat(options.deepSet())
        .isEqualTo(MountAttr.RDONLY | MountAttr.NOSUID | MountAttr.NOATIME);
    assertThat(options.set()).isEqualTo(MountAttr.RDONLY);
  }

  @Test
  void optionsThatBeginWithAnRAreNotMistaken() {
    assertThat(parse("relatime").clear()).isEqualTo(MountAttr.ATIME_MASK);
    assertThat(parse("relatime").changesTree()).isFalse();
    assertThat(parse("rrelatime").changesTree()).isTrue();
    assertThat(parse("remount").remount()).isTrue();
    assertThat(parse("rsize=4").data()).containsExactly("rsize=4");
  }

  @Test
  void propagationsKeepTheirOrder() {
    assertThat(parse("rslave,shared").propagations())
        .containsExactly(
            new MountOptions.Propagation(MountAttr.MS_SLAVE, true),
            new MountOptions.Propagation(MountAttr.MS_SHARED, false));
  }

  @Test
  void whatIsUnknownIsForTheFileSystem() {
    MountOptions options = parse("defaults,mode=1777,newinstance,nosuid,idmap");

    assertThat(options.data()).containsExactly("mode=1777", "newinstance");
    assertThat(options.idmap()).isTrue();
    assertThat(options.deepIdmap()).isFalse();
  }
}
