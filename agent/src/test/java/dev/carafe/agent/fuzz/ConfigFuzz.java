package dev.carafe.agent.fuzz;

import dev.carafe.runtime.plan.LaunchContext;
import dev.carafe.runtime.plan.Placement;
import dev.carafe.runtime.plan.PlanCompiler;
import dev.carafe.runtime.plan.PlanDecoder;
import dev.carafe.runtime.plan.PlanEncoder;
import dev.carafe.runtime.plan.Rootfs;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.SpecException;
import dev.carafe.runtime.spec.SpecReader;
import dev.carafe.runtime.spec.SpecValidator;
import java.util.List;

/** config.json: read, checked, compiled; or refused with a sentence. Jazzer calls it. */
public final class ConfigFuzz {
  private ConfigFuzz() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] data) throws Exception {
    Spec spec;
    try {
      spec = SpecReader.parse(data);
      SpecValidator.check(spec);
    } catch (SpecException refused) {
      return;
    }
    LaunchContext context =
        new LaunchContext(
            "fuzzed",
            "/bundle",
            new Rootfs.Directory("/bundle/rootfs"),
            Placement.INHERITED,
            List.of(),
            null,
            LaunchContext.ALL_CAPABILITIES,
            true,
            false);
    byte[] plan;
    try {
      plan = PlanEncoder.encode(PlanCompiler.compile(spec, context));
    } catch (SpecException refused) {
      return;
    }
    PlanDecoder.decode(plan);
  }
}
