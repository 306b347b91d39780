package dev.carafe.e2e.vm;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs JUnit classes inside the virtual machine and prints each test's outcome as {@link
 * GuestResult} reads it. Its arguments are class names. Exits 0 whatever the outcomes are.
 */
final class GuestTests implements TestExecutionListener {
  private final PrintStream out;
  private long startedAt;

  private GuestTests(PrintStream out) {
    this.out = out;
  }

  /** The program in the guest. */
  public static void main(String[] classes) {
    // Emulated, everything is slow; the machine's own time-out ends what hangs.
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .configurationParameter("junit.jupiter.execution.timeout.mode", "disabled")
            // What another engine prints would stand in a result's line.
            .filters(EngineFilter.includeEngines("junit-jupiter"))
            .selectors(Arrays.stream(classes).map(name -> selectClass(name)).toList())
            .build();
    LauncherFactory.create().execute(request, new GuestTests(System.out));
    System.out.flush();
    // What a failed test left running must not keep the machine up.
    Runtime.getRuntime().halt(0);
  }

  @Override
  public void executionStarted(TestIdentifier test) {
    if (test.isTest()) {
      startedAt = System.nanoTime();
    }
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    print(GuestResult.Outcome.SKIPPED, test, 0, reason);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    boolean passed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
    if (passed && !test.isTest()) {
      return;
    }
    long millis = test.isTest() ? TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedAt) : 0;
    switch (result.getStatus()) {
      case SUCCESSFUL -> print(GuestResult.Outcome.PASSED, test, millis, "");
      case ABORTED -> print(GuestResult.Outcome.SKIPPED, test, millis, message(result));
      case FAILED -> print(GuestResult.Outcome.FAILED, test, millis, trace(result));
    }
  }

  private void print(
      GuestResult.Outcome outcome, TestIdentifier test, long millis, String details) {
    String path = test.getUniqueId();
    String parent = path.replaceAll("(?s).*\\[class:(?:[^\\]]*\\.)?([^\\]]+)\\].*", "$1");
    String method = path.replaceAll("(?s).*\\[(?:method|test-template):([^(]+)\\(.*", "$1");
    boolean repeated = !test.getDisplayName().startsWith(method);
    String display = repeated ? method + " " + test.getDisplayName() : method;
    String name =
        (parent + "." + (method.equals(path) ? "class" : display)).replaceAll("\\s+", " ");
    out.print(new GuestResult(outcome, name, millis, details).line());
  }

  private static String message(TestExecutionResult result) {
    return result.getThrowable().map(Throwable::getMessage).orElse("aborted");
  }

  private static String trace(TestExecutionResult result) {
    return result.getThrowable().map(GuestTests::trace).orElse("failed");
  }

  private static String trace(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
