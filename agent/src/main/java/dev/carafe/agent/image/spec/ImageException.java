package dev.carafe.agent.image.spec;

import dev.carafe.runtime.linux.Errno;
import dev.carafe.runtime.linux.FileCallException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong with images. Each message names the image or blob, what was expected, and where
 * it helps what to do; none holds a secret. The cases are closed, so that one place can map them to
 * CRI's codes.
 */
public abstract sealed class ImageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private ImageException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** A reference, digest or id that is none. The caller must change its request. */
  public static final class InvalidReference extends ImageException {
    private static final long serialVersionUID = 1;

    /** Says which reference and what is wrong with it. */
    public InvalidReference(String message) {
      super(message, null);
    }
  }

  /** No host has the image, or the store does not. */
  public static final class NotFound extends ImageException {
    private static final long serialVersionUID = 1;

    /** Says what is missing where. */
    public NotFound(String message) {
      super(message, null);
    }
  }

  /** The registry refused the credentials, or wants some. */
  public static final class Unauthorized extends ImageException {
    private static final long serialVersionUID = 1;

    /** Says which host refused what. */
    public Unauthorized(String message) {
      super(message, null);
    }
  }

  /** No host could be reached, or each of them kept failing. A later try may work. */
  public static final class RegistryUnavailable extends ImageException {
    private static final long serialVersionUID = 1;

    /** Says which host failed how. */
    public RegistryUnavailable(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** A hosts.toml that can't be used. The node's operator must change it. */
  public static final class InvalidHostsFile extends ImageException {
    private static final long serialVersionUID = 1;

    /** Names the file and the key. */
    public InvalidHostsFile(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** Bytes that are not what their digest or size says. */
  public static final class DigestMismatch extends ImageException {
    private static final long serialVersionUID = 1;

    /** Says what was expected and what came. */
    public DigestMismatch(String message) {
      super(message, null);
    }
  }

  /** A manifest, configuration or archive that is malformed, or has no variant for this node. */
  public static final class InvalidImage extends ImageException {
    private static final long serialVersionUID = 1;

    /** Names the image and what is wrong in it. */
    public InvalidImage(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** A layer that can't be unpacked, or that asks for more than the limits allow. */
  public static final class CorruptLayer extends ImageException {
    private static final long serialVersionUID = 1;

    /** Names the layer's digest and the entry. */
    public CorruptLayer(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** The image file system has no room left. */
  public static final class DiskFull extends ImageException {
    private static final long serialVersionUID = 1;

    /** Says how much is free and how much is needed. */
    public DiskFull(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** The pull's deadline passed, or no byte came for the progress time-out. */
  public static final class PullTimedOut extends ImageException {
    private static final long serialVersionUID = 1;

    /** Says which time passed. */
    public PullTimedOut(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** The pull was cancelled by its caller. */
  public static final class Cancelled extends ImageException {
    private static final long serialVersionUID = 1;

    /** Names the image. */
    public Cancelled(String message) {
      super(message, null);
    }
  }

  /** The store's own disk failed. */
  public static final class StoreFailure extends ImageException {
    private static final long serialVersionUID = 1;

    /** Says what the store was doing. */
    public StoreFailure(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** The policy of the node refuses the image. The text is what kubelets look for. */
  public static final class SignatureRefused extends ImageException {
    private static final long serialVersionUID = 1;

    /** Says what the verifier said. */
    public SignatureRefused(String message) {
      super(message, null);
    }
  }

  /** The image is not to be removed. */
  public static final class Pinned extends ImageException {
    private static final long serialVersionUID = 1;

    /** Names the image and the setting. */
    public Pinned(String message) {
      super(message, null);
    }
  }

  /** The same failure, told of {@code what}, which comes first in the message. */
  public ImageException of(String what) {
    String message = what + ": " + getMessage();
    Throwable cause = getCause();
    ImageException told =
        switch (this) {
          case InvalidReference e -> new InvalidReference(message);
          case NotFound e -> new NotFound(message);
          case Unauthorized e -> new Unauthorized(message);
          case RegistryUnavailable e -> new RegistryUnavailable(message, cause);
          case InvalidHostsFile e -> new InvalidHostsFile(message, cause);
          case DigestMismatch e -> new DigestMismatch(message);
          case InvalidImage e -> new InvalidImage(message, cause);
          case CorruptLayer e -> new CorruptLayer(message, cause);
          case DiskFull e -> new DiskFull(message, cause);
          case PullTimedOut e -> new PullTimedOut(message, cause);
          case Cancelled e -> new Cancelled(message);
          case StoreFailure e -> new StoreFailure(message, cause);
          case SignatureRefused e -> new SignatureRefused(message);
          case Pinned e -> new Pinned(message);
        };
    told.setStackTrace(getStackTrace());
    return told;
  }

  /** What an I/O error on the way to a registry stands for. */
  public static ImageException unavailable(String where, @Nullable IOException error) {
    if (error instanceof InterruptedIOException) {
      return new Cancelled(where + " was cancelled");
    }
    return new RegistryUnavailable(
        where + ": " + (error == null ? "no answer" : error.getMessage()), error);
  }

  /** What an I/O error stands for: the image error inside it, a full disk, or a store failure. */
  public static ImageException from(String doing, IOException error) {
    for (Throwable t = error; t != null; t = t.getCause()) {
      if (t instanceof ImageException image) {
        return image;
      }
      if (t instanceof InterruptedIOException || t instanceof ClosedByInterruptException) {
        return new Cancelled(doing + " was cancelled");
      }
      if (isFullDisk(t)) {
        return new DiskFull(
            "%s: %s; remove images or enlarge the image file system"
                .formatted(doing, t.getMessage()),
            error);
      }
    }
    return new StoreFailure(doing + ": " + error.getMessage(), error);
  }

  /** The JDK tells it by the C library's texts only. */
  private static boolean isFullDisk(Throwable t) {
    if (t instanceof FileCallException call) {
      return call.error() == Errno.ENOSPC || call.error() == Errno.EDQUOT;
    }
    String message = String.valueOf(t.getMessage());
    return message.contains("No space left on device") || message.contains("Disk quota exceeded");
  }
}
