package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One rule of a filter.
 *
 * @param names system call names
 * @param action what is done
 * @param errnoRet errno of ERRNO, message of TRACE; absent is EPERM
 * @param args conditions, all of which must hold (several on one argument: any of them)
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SeccompSyscall(
    List<String> names, SeccompAction action, @Nullable Integer errnoRet, List<SeccompArg> args) {
  public SeccompSyscall {
    names = Values.list(names);
    Objects.requireNonNull(action, "action");
    args = Values.list(args);
  }
}
