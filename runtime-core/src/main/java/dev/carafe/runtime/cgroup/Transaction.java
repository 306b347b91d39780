package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.linux.KernelFiles;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Writes settings in order; when one is refused, what was written is written back, last first. */
final class Transaction {
  private final Deque<Setting> undo = new ArrayDeque<>();

  private Transaction() {}

  /**
   * @throws CgroupException naming the refused file, value and error; restores that failed too are
   *     among its suppressed exceptions
   */
  static void run(List<Setting> settings) {
    Transaction transaction = new Transaction();
    for (Setting setting : settings) {
      try {
        transaction.write(setting);
      } catch (CgroupException e) {
        transaction.restore(e);
        throw e;
      }
    }
  }

  private void write(Setting setting) {
    try {
      String before = setting.undo().apply(KernelFiles.read(setting.file()));
      KernelFiles.write(setting.file(), setting.value());
      undo.push(Setting.of(setting.file(), before));
    } catch (IOException e) {
      throw CgroupException.refused(setting.file(), setting.value(), e);
    }
  }

  private void restore(CgroupException reason) {
    for (Setting setting : undo) {
      try {
        KernelFiles.write(setting.file(), setting.value());
      } catch (IOException e) {
        reason.addSuppressed(CgroupException.refused(setting.file(), setting.value(), e));
      }
    }
  }
}
