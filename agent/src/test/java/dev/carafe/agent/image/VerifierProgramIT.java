package dev.carafe.agent.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.ImageReference;
import dev.carafe.agent.network.ProcessRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs that judge images: they are real ones. */
class VerifierProgramIT {
  private static final ImageReference IMAGE = ImageReference.parse("example.org/app:1");
  private static final Digest DIGEST = Digest.of(new byte[] {1});

  @TempDir private Path temporary;

  private VerifierProgram program(String script, Duration timeout) throws IOException {
    Path file = temporary.resolve("verifier");
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return new VerifierProgram(() -> file, new ProcessRunner(), timeout);
  }

  @Test
  void itHearsReferenceAndDigestAndLetsPass() throws Exception {
    Path heard = temporary.resolve("heard");
    program("cat > " + heard, Duration.ofSeconds(20)).verify(IMAGE, DIGEST);
    assertThat(heard)
        .hasContent("{\"reference\":\"example.org/app:1\",\"digest\":\"%s\"}".formatted(DIGEST));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "echo 'no signature' >&2; echo more >&2; exit 1 | is refused: no signature",
        "exit 3 | exited with 3 and no reason",
        "kill -9 $$ | exited with 137",
      })
  void itsReasonIsTold(String script, String reason) throws Exception {
    VerifierProgram program = program(script, Duration.ofSeconds(20));
    assertThatThrownBy(() -> program.verify(IMAGE, DIGEST))
        .isInstanceOf(ImageException.SignatureRefused.class)
        .hasMessageContaining(DIGEST.toString())
        .hasMessageContaining(reason)
        .hasMessageNotContaining("more");
  }

  @Test
  void silenceRefuses() throws Exception {
    VerifierProgram program = program("sleep 1000", Duration.ofSeconds(1));
    assertThatThrownBy(() -> program.verify(IMAGE, DIGEST))
        .isInstanceOf(ImageException.SignatureRefused.class)
        .hasMessageContaining("no answer in 1 s");
  }

  @Test
  void aProgramThatIsNotThereRefusesAndNoneLetsPass() {
    Path none = temporary.resolve("none");
    assertThatThrownBy(() ->
            new VerifierProgram(() -> none, new ProcessRunner(), Duration.ofSeconds(1))
                .verify(IMAGE, DIGEST))
        .isInstanceOf(ImageException.SignatureRefused.class)
        .hasMessageContaining(none.toString());
    assertThatCode(() ->
            new VerifierProgram(() -> null, new ProcessRunner(), Duration.ofSeconds(1))
                .verify(IMAGE, DIGEST))
        .doesNotThrowAnyException();
  }
}
