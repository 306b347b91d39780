package dev.carafe.agent.network;

import java.net.InetAddress;
import java.util.regex.Pattern;

/**
 * IP addresses as text. Only the forms that Go's plugins read too: no short IPv4 forms, no zones.
 */
final class IpText {
  private static final Pattern FULL_FORM =
      Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final Pattern PREFIX = Pattern.compile("[0-9]{1,3}");

  private IpText() {}

  /** 32, 128, or -1 for what is no address. */
  static int bits(String ip) {
    if (!FULL_FORM.matcher(ip).matches()) {
      return -1;
    }
    try {
      return InetAddress.ofLiteral(ip).getAddress().length * 8;
    } catch (IllegalArgumentException _) {
      return -1;
    }
  }

  /** The prefix length of {@code ADDRESS/PREFIX}, or -1 for what is not of that form. */
  static int prefixLength(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !PREFIX.matcher(text.substring(slash + 1)).matches()) {
      return -1;
    }
    int length = Integer.parseInt(text.substring(slash + 1));
    return length <= bits(text.substring(0, slash)) ? length : -1;
  }
}
