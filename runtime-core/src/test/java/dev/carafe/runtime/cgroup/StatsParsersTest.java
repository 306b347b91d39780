package dev.carafe.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.cgroup.CgroupStats.BlockIo;
import dev.carafe.runtime.cgroup.CgroupStats.Pressure;
import dev.carafe.runtime.cgroup.CgroupStats.Stall;
import org.junit.jupiter.api.Test;

final class StatsParsersTest {
  @Test
  void pressureIsInNanoseconds() {
    String text =
        "some avg10=1.50 avg60=0.25 avg300=0.00 total=12\n"
            + "full avg10=0.00 avg60=0.00 avg300=0.01 total=3";
    assertThat(Pressures.parse(text))
        .isEqualTo(new Pressure(new Stall(12_000, 1.5, 0.25, 0), new Stall(3_000, 0, 0, 0.01)));
    assertThat(Pressures.parse("")).isNull();
  }

  @Test
  void aMissingPressureLineIsZero() {
    assertThat(Pressures.parse("some avg10=0.00 avg60=0.00 avg300=100.00 total=1\n"))
        .isEqualTo(new Pressure(new Stall(1_000, 0, 0, 100), new Stall(0, 0, 0, 0)));
  }

  @Test
  void aFieldIsFoundByItsWholeName() {
    String text = "cache 1\ntotal_cache 2\nrss 18446744073709551615\npgfault 4";
    assertThat(CgroupUsageReader.field(text, "cache")).isEqualTo(1);
    assertThat(CgroupUsageReader.field(text, "total_cache")).isEqualTo(2);
    assertThat(CgroupUsageReader.field(text, "rss")).isEqualTo(-1);
    assertThat(CgroupUsageReader.field(text, "pgfault")).isEqualTo(4);
    assertThat(CgroupUsageReader.field(text, "fault")).isZero();
    assertThat(CgroupUsageReader.field("", "cache")).isZero();
  }

  @Test
  void bothBlockIoFormatsMeanTheSame() {
    BlockIo expected = new BlockIo(254, 0, 4096, 8192, 1, 2);
    assertThat(BlockIoStats.unified("254:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0"))
        .containsExactly(expected);
    assertThat(
            BlockIoStats.legacy(
                "254:0 Read 4096\n254:0 Write 8192\n254:0 Sync 1\nTotal 12288",
                "254:0 Read 1\n254:0 Write 2\nTotal 3"))
        .containsExactly(expected);
  }
}
