package dev.carafe.agent.image.layer;

/**
 * What unpacking a layer gave.
 *
 * @param bytes disk space of its files, in whole blocks of 4 KiB
 * @param inodes files, directories, links and nodes
 * @param leans whether the layer holds only on top of those it was unpacked on: then it is kept by
 *     its chain id, else by its diff id
 */
public record UnpackedLayer(long bytes, long inodes, boolean leans) {
  /** The same with a file of its own beside the layer's. */
  UnpackedLayer and(long moreBytes) {
    return new UnpackedLayer(bytes + moreBytes, inodes + 1, leans);
  }
}
