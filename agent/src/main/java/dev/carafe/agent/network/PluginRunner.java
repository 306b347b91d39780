package dev.carafe.agent.network;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Runs a CNI plugin: over the pod's shim, so that the plugin outlives the agent, or as a child of
 * the agent ({@link ProcessRunner}) where no shim is left. Thread-safe.
 *
 * <p>Runs for one pod never overlap: whoever makes a runner for a pod of an earlier agent has first
 * waited for the plugin that it left running, or killed it. Otherwise its ADD could end after our
 * DEL.
 */
public interface PluginRunner {
  /**
   * Runs a program to its end in a process group of its own.
   *
   * @param argv the program's absolute path first
   * @param env its whole environment
   * @param stdin all that it can read
   * @param timeout after which it and its children are killed; the output then says so
   * @throws IOException the program could not be run, with its path and the reason
   */
  PluginOutput run(List<String> argv, Map<String, String> env, byte[] stdin, Duration timeout)
      throws IOException, InterruptedException;
}
