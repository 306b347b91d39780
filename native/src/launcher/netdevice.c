// Network devices of the host, moved into the container's network namespace (runtime-spec config-linux.md, Network Devices).
#include "compat.h"
#include "fd.h"
#include "launch.h"

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define ADDRESSES_MAX 64
#define ANSWER_MAX 32768

struct request {
  struct nlmsghdr head;
  uint8_t body[256];
};

struct address {
  struct ifaddrmsg kind;
  uint8_t local[16], peer[16], broadcast[16];
  uint8_t has_local, has_peer, has_broadcast; // their lengths
};

struct addresses {
  struct address list[ADDRESSES_MAX];
  unsigned count;
};

static int route_socket(void) {
  return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

int op_net_socket(struct launch *l, struct reader *r) {
  uint16_t slot = reader_u16(r);
  int fd = route_socket();
  if (fd < 0)
    return fail(l, "netlink");
  slot_set(l, slot, fd);
  return 0;
}

static void begin(struct request *m, uint16_t type, uint16_t flags, const void *kind, size_t len) {
  *m = (struct request){
      .head = {.nlmsg_len = NLMSG_LENGTH(len), .nlmsg_type = type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags)}};
  memcpy(m->body, kind, len);
}

static void attribute(struct request *m, uint16_t type, const void *value, size_t len) {
  size_t at = NLMSG_ALIGN(m->head.nlmsg_len) - sizeof m->head;
  struct rtattr a = {.rta_len = (uint16_t)RTA_LENGTH(len), .rta_type = type};
  if (at + RTA_SPACE(len) > sizeof m->body)
    return;
  memcpy(m->body + at, &a, sizeof a);
  memcpy(m->body + at + RTA_LENGTH(0), value, len);
  m->head.nlmsg_len = (uint32_t)(sizeof m->head + at + RTA_SPACE(len));
}

// Sends, and waits for the kernel's word on it.
static int ask(int fd, struct request *m) {
  struct {
    struct nlmsghdr head;
    struct nlmsgerr error;
    uint8_t rest[512];
  } answer;
  m->head.nlmsg_flags |= NLM_F_ACK;
  if (send(fd, m, m->head.nlmsg_len, 0) < 0)
    return -1;
  ssize_t n = recv(fd, &answer, sizeof answer, 0);
  if (n < (ssize_t)NLMSG_LENGTH(sizeof answer.error) || answer.head.nlmsg_type != NLMSG_ERROR) {
    if (n >= 0)
      errno = EBADMSG;
    return -1;
  }
  errno = -answer.error.error;
  return errno ? -1 : 0;
}

static uint8_t copy(uint8_t *to, const struct rtattr *a) {
  size_t len = RTA_PAYLOAD(a);
  if (len > 16)
    return 0;
  memcpy(to, RTA_DATA(a), len);
  return (uint8_t)len;
}

// What is left to the kernel (link-local addresses) or to a router comes again by itself.
static void note(struct addresses *all, struct nlmsghdr *head, unsigned index) {
  struct ifaddrmsg *kind = NLMSG_DATA(head);
  if (head->nlmsg_type != RTM_NEWADDR || kind->ifa_index != index || kind->ifa_scope != RT_SCOPE_UNIVERSE ||
      !(kind->ifa_flags & IFA_F_PERMANENT) || all->count == ADDRESSES_MAX)
    return;
  struct address *found = &all->list[all->count++];
  *found = (struct address){.kind = *kind};
  size_t len = IFA_PAYLOAD(head);
  for (struct rtattr *a = IFA_RTA(kind); RTA_OK(a, len); a = RTA_NEXT(a, len))
    if (a->rta_type == IFA_LOCAL)
      found->has_local = copy(found->local, a);
    else if (a->rta_type == IFA_ADDRESS)
      found->has_peer = copy(found->peer, a);
    else if (a->rta_type == IFA_BROADCAST)
      found->has_broadcast = copy(found->broadcast, a);
}

static int read_addresses(int fd, unsigned index, struct addresses *all) {
  static _Alignas(struct nlmsghdr) uint8_t answer[ANSWER_MAX];
  struct ifaddrmsg any = {.ifa_family = AF_UNSPEC};
  struct request m;
  begin(&m, RTM_GETADDR, NLM_F_DUMP, &any, sizeof any);
  if (send(fd, &m, m.head.nlmsg_len, 0) < 0)
    return -1;
  for (;;) {
    ssize_t n = recv(fd, answer, sizeof answer, 0);
    if (n < 0)
      return -1;
    struct nlmsghdr *head = (struct nlmsghdr *)answer;
    for (size_t left = (size_t)n; NLMSG_OK(head, left); head = NLMSG_NEXT(head, left)) {
      if (head->nlmsg_type == NLMSG_DONE)
        return 0;
      note(all, head, index);
    }
  }
}

static int move(int host, unsigned index, const char *name) {
  struct ifinfomsg link = {.ifi_index = (int)index};
  uint32_t here = (uint32_t)getpid();
  struct request m;
  begin(&m, RTM_NEWLINK, 0, &link, sizeof link);
  attribute(&m, IFLA_NET_NS_PID, &here, sizeof here);
  attribute(&m, IFLA_IFNAME, name, strlen(name) + 1);
  return ask(host, &m);
}

static int give_address(int fd, unsigned index, const struct address *a) {
  struct ifaddrmsg kind = a->kind;
  struct request m;
  kind.ifa_index = index;
  begin(&m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &kind, sizeof kind);
  attribute(&m, IFA_ADDRESS, a->peer, a->has_peer);
  if (a->has_local)
    attribute(&m, IFA_LOCAL, a->local, a->has_local);
  if (a->has_broadcast)
    attribute(&m, IFA_BROADCAST, a->broadcast, a->has_broadcast);
  return ask(fd, &m) < 0 && errno != EEXIST ? -1 : 0;
}

static int ready(const char *name, const struct addresses *all) {
  FD_AUTO int fd = route_socket();
  struct ifreq named = {0};
  strncpy(named.ifr_name, name, sizeof named.ifr_name - 1);
  if (fd < 0 || ioctl(fd, SIOCGIFINDEX, &named) < 0)
    return -1;
  unsigned index = (unsigned)named.ifr_ifindex;
  for (unsigned i = 0; i < all->count; i++)
    if (give_address(fd, index, &all->list[i]) < 0)
      return -1;
  if (ioctl(fd, SIOCGIFFLAGS, &named) < 0)
    return -1;
  named.ifr_flags = (short)(named.ifr_flags | IFF_UP);
  return ioctl(fd, SIOCSIFFLAGS, &named);
}

int op_net_device(struct launch *l, struct reader *r) {
  static struct addresses all;
  int host = slot_get(l, reader_u16(r));
  const char *name = reader_str(r);
  const char *renamed = reader_str(r);
  struct ifreq named = {0};
  if (host < 0)
    return -1;
  if (strlen(name) >= IFNAMSIZ || strlen(renamed) >= IFNAMSIZ)
    return fail_with(l, ENAMETOOLONG, name);
  all.count = 0;
  memcpy(named.ifr_name, name, strlen(name));
  if (ioctl(host, SIOCGIFINDEX, &named) < 0)
    return fail(l, name);
  unsigned index = (unsigned)named.ifr_ifindex;
  if (read_addresses(host, index, &all) < 0 || move(host, index, renamed) < 0)
    return fail(l, name);
  return ready(renamed, &all) < 0 ? fail(l, renamed) : 0;
}
