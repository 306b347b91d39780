package dev.carafe.runtime.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.spec.Seccomp;
import dev.carafe.runtime.spec.SeccompAction;
import dev.carafe.runtime.spec.SeccompSyscall;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SeccompCacheTest {
  private static final byte[] FILTER = new byte[16];

  @TempDir private Path dir;
  private final AtomicInteger compiled = new AtomicInteger();

  private SeccompCache cache() {
    return new SeccompCache(
        dir.resolve("seccomp"),
        profile -> {
          compiled.incrementAndGet();
          return new SeccompProgram(SeccompCompiler.flags(profile), FILTER);
        });
  }

  private static Seccomp profile(@Nullable List<Seccomp.Flag> flags, String... names) {
    SeccompSyscall rule =
        new SeccompSyscall(List.of(names), SeccompAction.SCMP_ACT_ALLOW, null, List.of());
    return new Seccomp(
        SeccompAction.SCMP_ACT_ERRNO, null, List.of(), flags, null, null, List.of(rule));
  }

  @Test
  void compilesOnceInMemoryAndOnDisk() {
    SeccompCache cache = cache();
    SeccompProgram program = cache.get(profile(null, "read"));
    assertThat(cache.get(profile(null, "read"))).isSameAs(program);
    assertThat(cache().get(profile(null, "read"))).isEqualTo(program);
    assertThat(compiled).hasValue(1);
  }

  @Test
  void differentProfilesNeverShareAProgram() {
    SeccompCache cache = cache();
    cache.get(profile(null, "read", "write"));
    cache.get(profile(null, "read, write"));
    cache.get(profile(null, "readwrite"));
    cache.get(profile(List.of(), "read", "write"));
    assertThat(compiled).hasValue(4);
  }

  @Test
  void absentFlagsAllowSpeculationAndGivenOnesAreKept() {
    assertThat(cache().get(profile(null, "a")).flags()).isEqualTo(4);
    assertThat(cache().get(profile(List.of(), "a")).flags()).isZero();
    List<Seccomp.Flag> both =
        List.of(Seccomp.Flag.SECCOMP_FILTER_FLAG_TSYNC, Seccomp.Flag.SECCOMP_FILTER_FLAG_LOG);
    assertThat(cache().get(profile(both, "a")).flags()).isEqualTo(2);
  }

  @Test
  void aDamagedFileIsCompiledAnew() throws Exception {
    cache().get(profile(null, "read"));
    Path file;
    try (Stream<Path> files = Files.list(dir.resolve("seccomp"))) {
      file = files.findFirst().orElseThrow();
    }
    byte[] content = Files.readAllBytes(file);
    content[content.length - 1] = 1;
    Files.write(file, content);
    assertThat(cache().get(profile(null, "read")).filter()).isEqualTo(FILTER);
    assertThat(compiled).hasValue(2);
  }
}
