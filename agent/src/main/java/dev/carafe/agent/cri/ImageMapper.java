package dev.carafe.agent.cri;

import dev.carafe.agent.image.store.FsUsage;
import dev.carafe.agent.image.store.Image;
import dev.carafe.cri.v1.AuthConfig;
import dev.carafe.cri.v1.FilesystemIdentifier;
import dev.carafe.cri.v1.FilesystemUsage;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.Int64Value;
import dev.carafe.cri.v1.UInt64Value;

/** Images as the CRI shows them. */
final class ImageMapper {
  private ImageMapper() {}

  /** An image, in a list and in a status alike. */
  static dev.carafe.cri.v1.Image image(Image image, boolean pinned) {
    dev.carafe.cri.v1.Image.Builder builder =
        dev.carafe.cri.v1.Image.newBuilder()
            .setId(image.id().toString())
            .addAllRepoTags(image.repoTags())
            .addAllRepoDigests(image.repoDigests())
            .setSize(image.size())
            .setPinned(pinned)
            .setSpec(ImageSpec.newBuilder().setImage(image.id().toString()));
    String user = image.config().user();
    String name = user.split(":", 2)[0];
    if (!name.isEmpty()
        && name.chars().allMatch(c -> c >= '0' && c <= '9')
        && name.length() <= 10) {
      builder.setUid(Int64Value.newBuilder().setValue(Long.parseLong(name)));
    } else {
      builder.setUsername(name);
    }
    return builder.build();
  }

  /** Usage of a file system at a time, in nanoseconds since the epoch. */
  static FilesystemUsage usage(FsUsage usage, long timestamp) {
    return FilesystemUsage.newBuilder()
        .setTimestamp(timestamp)
        .setFsId(FilesystemIdentifier.newBuilder().setMountpoint(usage.directory().toString()))
        .setUsedBytes(UInt64Value.newBuilder().setValue(usage.bytes()))
        .setInodesUsed(UInt64Value.newBuilder().setValue(usage.inodes()))
        .build();
  }

  /** Whether a client sent any credentials. */
  static boolean hasCredentials(AuthConfig auth) {
    return !auth.equals(AuthConfig.getDefaultInstance());
  }
}
