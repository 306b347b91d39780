package dev.carafe.runtime.seccomp;

import dev.carafe.runtime.spec.Seccomp;
import dev.carafe.runtime.spec.SeccompArg;
import dev.carafe.runtime.spec.SeccompSyscall;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Names a profile by its content: two profiles have one digest only when they compile to one
 * program. Every text and list is preceded by its length, so that no name can pass for two.
 */
final class ProfileDigest {
  private ProfileDigest() {}

  /** 64 hexadecimal digits of SHA-256 over the profile and the compiler's identity. */
  static String of(Seccomp profile, String compiler) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(compiler);
      out.writeUTF(profile.defaultAction().name());
      number(out, profile.defaultErrnoRet());
      list(out, profile.architectures());
      out.writeBoolean(profile.flags() != null);
      list(out, profile.flags() == null ? List.of() : profile.flags());
      out.writeInt(profile.syscalls().size());
      for (SeccompSyscall rule : profile.syscalls()) {
        rule(out, rule);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sha256(bytes.toByteArray());
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static void rule(DataOutputStream out, SeccompSyscall rule) throws IOException {
    list(out, rule.names());
    out.writeUTF(rule.action().name());
    number(out, rule.errnoRet());
    out.writeInt(rule.args().size());
    for (SeccompArg arg : rule.args()) {
      out.writeInt(arg.index());
      out.writeUTF(arg.op().name());
      out.writeLong(arg.value());
      out.writeLong(arg.valueTwo());
    }
  }

  private static void list(DataOutputStream out, List<?> values) throws IOException {
    out.writeInt(values.size());
    for (Object value : values) {
      out.writeUTF(value.toString());
    }
  }

  private static void number(DataOutputStream out, @Nullable Integer number) throws IOException {
    out.writeBoolean(number != null);
    out.writeInt(number == null ? 0 : number);
  }
}
