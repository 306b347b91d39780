package dev.carafe.agent.image;

import dev.carafe.agent.image.spec.Descriptor;
import java.io.IOException;
import java.io.InputStream;

/** Where an image's blobs come from: a registry or an archive. Thread-safe. */
@FunctionalInterface
interface BlobSource {
  /** The bytes of a blob, unverified; the caller closes the stream. */
  InputStream open(Descriptor blob) throws IOException, InterruptedException;
}
