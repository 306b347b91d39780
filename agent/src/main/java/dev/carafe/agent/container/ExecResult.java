package dev.carafe.agent.container;

/**
 * What a command run in a container left.
 *
 * @param exitCode its exit code, 128+n when signal n ended it
 * @param stdout at most 16 MiB; the array is not copied and must not be changed
 * @param stderr likewise
 */
@SuppressWarnings("ArrayRecordComponent") // identity is never asked for, copies would cost 32 MiB
public record ExecResult(int exitCode, byte[] stdout, byte[] stderr) {}
