package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.agent.check.Finding;
import dev.carafe.agent.check.Finding.Level;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** {@code carafe check}: prints the findings, for a person or a program. */
final class Check {
  private final PrintStream out;

  Check(PrintStream out) {
    this.out = requireNonNull(out, "out is null");
  }

  /** Prints; returns whether Carafe can run here. */
  boolean print(List<Finding> findings, boolean json) {
    boolean good = findings.stream().noneMatch(one -> one.level() == Level.FAIL);
    if (json) {
      out.println(json(findings, good));
    } else {
      findings.forEach(this::line);
      out.println(verdict(findings, good));
    }
    return good;
  }

  private void line(Finding finding) {
    out.println("%-5s %-24s %s".formatted(mark(finding), finding.name(), finding.found()));
    if (!finding.advice().isEmpty()) {
      out.println(" ".repeat(31) + "-> " + finding.advice());
    }
  }

  private static String verdict(List<Finding> findings, boolean good) {
    long warnings = findings.stream().filter(one -> one.level() == Level.WARN).count();
    long failures = findings.stream().filter(one -> one.level() == Level.FAIL).count();
    return good
        ? "Carafe can run here; warnings: " + warnings
        : "Carafe cannot run here yet; failures: " + failures + ", warnings: " + warnings;
  }

  private static String json(List<Finding> findings, boolean good) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer.put("canRun", good);
    ArrayNode checks = answer.putArray("checks");
    for (Finding finding : findings) {
      checks
          .addObject()
          .put("name", finding.name())
          .put("level", mark(finding))
          .put("found", finding.found())
          .put("advice", finding.advice());
    }
    return new ObjectMapper().valueToTree(answer).toPrettyString();
  }

  private static String mark(Finding finding) {
    return finding.level().name().toLowerCase(Locale.ROOT);
  }
}
