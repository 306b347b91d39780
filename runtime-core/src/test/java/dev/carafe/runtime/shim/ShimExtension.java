package dev.carafe.runtime.shim;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test a shim of its own, by the test class's constructor, and ends it after the test.
 */
final class ShimExtension implements ParameterResolver {
  /** So that the shim lives as long as the test, not as its class. */
  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
    return parameter.getParameter().getType() == ShimFixture.class;
  }

  @Override
  public ShimFixture resolveParameter(ParameterContext parameter, ExtensionContext test) {
    return test.getStore(Namespace.create(ShimExtension.class))
        .computeIfAbsent(Running.class, key -> Running.start(), Running.class)
        .shim();
  }

  /** The store closes it at the test's end. */
  private record Running(ShimFixture shim, Path directory) implements AutoCloseable {
    static Running start() {
      try {
        Path directory = Files.createTempDirectory("carafe-shim-test");
        return new Running(ShimFixture.start(directory), directory);
      } catch (IOException e) {
        throw new ParameterResolutionException("no shim for this test", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ParameterResolutionException("no shim for this test", e);
      }
    }

    @Override
    public void close() throws IOException {
      try {
        shim.stop();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the end of the shim was not awaited");
      }
      Files.walkFileTree(directory, new Deletion());
    }
  }

  private static final class Deletion extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.delete(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failed)
        throws IOException {
      if (failed != null) {
        throw failed;
      }
      Files.delete(requireNonNull(directory));
      return FileVisitResult.CONTINUE;
    }
  }
}
