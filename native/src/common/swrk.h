// `criu swrk`: a child of this process that saves or restores processes as messages on a SOCK_SEQPACKET socket say (criu.org/RPC). What they mean is Java's.
//
// criu takes numbers of descriptors: images_dir_fd and work_dir_fd in the table of the process that made the socket, inherit_fd in its own. So each file has one number in both.
#ifndef CARAFE_SWRK_H
#define CARAFE_SWRK_H

#include "wire.h"

#include <sys/types.h>

#define SWRK_FILES_MAX 16
#define SWRK_MESSAGE_MAX 16384u

struct swrk {
  pid_t pid; // 0: none runs
  int socket;
  int files[SWRK_FILES_MAX];
  uint32_t file_count;
};

#define SWRK_NONE ((struct swrk){.socket = -1})

// Opens each path of the list for reading, directories too. 0, or -1 with errno and *failed.
int swrk_open(struct swrk *s, struct reader *paths, const char **failed);
// Starts argv[0], an absolute path, with the socket's number as one argument more. Each of stdio that is not -1 becomes its 0, 1 or 2. argv has room for two more.
// clone_child makes the child: fork(2) or what stands for it.
int swrk_spawn(struct swrk *s, char **argv, uint32_t argc, char *const *env, const int *stdio,
               pid_t (*clone_child)(void));
// One message to criu: 0, or -1 with errno.
int swrk_say(const struct swrk *s, const void *message, size_t len);
// One message of criu's, into SWRK_MESSAGE_MAX bytes: its length, 0 at the end, -1 with errno. A descriptor that came with it goes to *fd, else -1.
ssize_t swrk_hear(const struct swrk *s, void *message, int *fd, int flags);
// Closes the files and the socket, upon which criu ends; who made it reaps it.
void swrk_close(struct swrk *s);

#endif
