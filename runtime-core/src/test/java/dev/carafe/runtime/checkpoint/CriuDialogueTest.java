package dev.carafe.runtime.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CriuDialogueTest {
  @TempDir Path dir;

  /** Answers what it is told to, and keeps what it heard. */
  private static final class Scripted implements CriuProcess {
    private final List<byte[]> answers;
    private final List<byte[]> heard = new ArrayList<>();

    Scripted(byte[]... answers) {
      this.answers = new ArrayList<>(List.of(answers));
    }

    @Override
    public int pid() {
      return 1;
    }

    @Override
    public List<Integer> numbers() {
      return List.of(32, 33);
    }

    @Override
    public byte[] exchange(byte[] message) {
      heard.add(message);
      return answers.isEmpty() ? new byte[0] : answers.removeFirst();
    }

    @Override
    public void close() {}
  }

  private static ProtoWriter reply(CriuRequest.Type type, boolean success) {
    return new ProtoWriter().number(1, type.number()).number(2, success ? 1 : 0);
  }

  private static byte[] notice(String script, int pid) {
    return reply(CriuRequest.Type.NOTIFY, true)
        .message(5, new ProtoWriter().text(1, script).number(2, pid))
        .toByteArray();
  }

  @Test
  void aMessageHasProtobufsBytes() {
    byte[] message =
        new CriuRequest(CriuRequest.Type.DUMP)
            .number(CriuField.PID, 300)
            .text(CriuField.LOG_FILE, "ab")
            .flag(CriuField.LEAVE_RUNNING, false)
            .text(CriuField.PARENT_IMG, "")
            .number(CriuField.WORK_DIR_FD, -1)
            .toByteArray();
    // type 1; options: pid 300, log_file "ab", work_dir_fd -1.
    assertThat(HexFormat.of().formatHex(message))
        .isEqualTo("08011213" + "10ac02" + "52026162" + "8801ffffffffffffffffff01");
  }

  @Test
  void noticesAreToldAndTheRestoredPidIsTheOutcome() throws Exception {
    Scripted criu =
        new Scripted(
            notice("setup-namespaces", 41),
            notice("post-restore", 41),
            reply(CriuRequest.Type.RESTORE, true)
                .message(4, new ProtoWriter().number(1, 41))
                .toByteArray());
    List<String> told = new ArrayList<>();
    int pid =
        CriuDialogue.hold(
            criu,
            new CriuRequest(CriuRequest.Type.RESTORE),
            dir.resolve("log"),
            (script, init) -> told.add(script + " " + init));
    assertThat(pid).isEqualTo(41);
    assertThat(told).containsExactly("setup-namespaces 41", "post-restore 41");
    assertThat(criu.heard.get(1)).isEqualTo(CriuRequest.noticed(true));
  }

  @Test
  void aNoticeThatFailsMakesCriuGiveUpAndIsTheReason() {
    Scripted criu =
        new Scripted(
            notice("setup-namespaces", 41),
            notice("network-unlock", 0),
            reply(CriuRequest.Type.RESTORE, false).toByteArray());
    List<String> told = new ArrayList<>();
    assertThatThrownBy(() ->
            CriuDialogue.hold(
                criu,
                new CriuRequest(CriuRequest.Type.RESTORE),
                dir.resolve("log"),
                (script, init) -> {
                  told.add(script);
                  throw new IOException("the hook failed");
                }))
        .hasMessage("the hook failed");
    assertThat(told).containsExactly("setup-namespaces");
    assertThat(criu.heard.get(1)).isEqualTo(CriuRequest.noticed(false));
  }

  @Test
  void aFailureHasTheErrorsOfTheLog() throws Exception {
    Path log =
        Files.writeString(
            dir.resolve("dump.log"),
            """
            (00.000001) Version: 3.17
            (00.000002) Error (criu/files-reg.c:1710): Can't lookup mount=26
            (00.000003)      1: Error (criu/cr-dump.c:2053): Dumping FAILED.
            """);
    Scripted criu = new Scripted(reply(CriuRequest.Type.DUMP, false).number(7, 52).toByteArray());
    assertThatThrownBy(() ->
            CriuDialogue.hold(
                criu, new CriuRequest(CriuRequest.Type.DUMP), log, (script, pid) -> {}))
        .isInstanceOf(CriuException.class)
        .hasMessage(
            "criu failed: type DUMP error 52: Can't lookup mount=26; Dumping FAILED.; its log is "
                + log);
    assertThatThrownBy(() ->
            CriuDialogue.hold(
                new Scripted(),
                new CriuRequest(CriuRequest.Type.DUMP),
                dir.resolve("none"),
                (script, pid) -> {}))
        .hasMessageContaining("it ended without an answer");
  }

  @Test
  void versionsAreNumbersThatCompare() throws Exception {
    Scripted criu =
        new Scripted(
            reply(CriuRequest.Type.VERSION, true)
                .message(10, new ProtoWriter().number(1, 3).number(2, 17).number(4, 1))
                .toByteArray());
    assertThat(CriuDialogue.version(criu)).isEqualTo(31701);
  }

  @Test
  void messagesThatAreCutOffAreRefused() {
    for (String hex : List.of("08", "1205ab", "0b", "52ffffffff0f")) {
      assertThatThrownBy(() -> CriuReply.parse(HexFormat.of().parseHex(hex)))
          .as(hex)
          .isInstanceOf(IOException.class);
    }
  }
}
