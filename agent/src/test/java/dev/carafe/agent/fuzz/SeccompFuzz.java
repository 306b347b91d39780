package dev.carafe.agent.fuzz;

import dev.carafe.runtime.seccomp.SeccompCompiler;
import dev.carafe.runtime.seccomp.SeccompException;
import dev.carafe.runtime.spec.Seccomp;
import dev.carafe.runtime.spec.SpecException;
import dev.carafe.runtime.spec.SpecReader;

/** A seccomp profile: read and compiled to BPF, or refused with a sentence. Jazzer calls it. */
public final class SeccompFuzz {
  private static final SeccompCompiler COMPILER = new SeccompCompiler();

  private SeccompFuzz() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] data) {
    try {
      COMPILER.compile(SpecReader.parse(data, Seccomp.class));
    } catch (SpecException | SeccompException refused) {
      // with a sentence
    }
  }
}
