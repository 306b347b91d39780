package dev.carafe.runtime.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What getdents64(2) writes: struct linux_dirent64, one behind the other. */
final class DirectoryEntries {
  private static final int LENGTH = 16;
  private static final int NAME = 19;
  private static final byte[] DOT = {'.'};
  private static final byte[] DOT_DOT = {'.', '.'};

  private DirectoryEntries() {}

  /** The names in the first {@code length} bytes, without {@code .} and {@code ..}. */
  static List<byte[]> names(byte[] entries, int length) {
    ByteBuffer numbers = ByteBuffer.wrap(entries).order(ByteOrder.nativeOrder());
    List<byte[]> names = new ArrayList<>();
    for (int at = 0; at < length; at += Short.toUnsignedInt(numbers.getShort(at + LENGTH))) {
      int end = at + NAME;
      while (entries[end] != 0) {
        end++;
      }
      byte[] name = Arrays.copyOfRange(entries, at + NAME, end);
      if (!Arrays.equals(name, DOT) && !Arrays.equals(name, DOT_DOT)) {
        names.add(name);
      }
    }
    return names;
  }
}
