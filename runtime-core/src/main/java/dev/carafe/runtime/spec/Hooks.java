package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * Hooks by point of the lifecycle, each list in order.
 *
 * @param prestart before pivot_root, in the runtime's namespaces (deprecated by the specification,
 *     still used)
 * @param createRuntime after prestart, in the runtime's namespaces
 * @param createContainer before pivot_root, in the container's namespaces
 * @param startContainer just before the program, in the container
 * @param poststart after the program was started, in the runtime's namespaces
 * @param poststop after the container was deleted, in the runtime's namespaces
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Hooks(
    List<Hook> prestart,
    List<Hook> createRuntime,
    List<Hook> createContainer,
    List<Hook> startContainer,
    List<Hook> poststart,
    List<Hook> poststop) {
  public Hooks {
    prestart = Values.list(prestart);
    createRuntime = Values.list(createRuntime);
    createContainer = Values.list(createContainer);
    startContainer = Values.list(startContainer);
    poststart = Values.list(poststart);
    poststop = Values.list(poststop);
  }
}
