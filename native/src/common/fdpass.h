// Descriptors as messages of a Unix socket.
#ifndef CARAFE_FDPASS_H
#define CARAFE_FDPASS_H

#include <stddef.h>

// Sends length bytes, at least one, and fd with them. 0, or -1 with errno; no signal when nobody reads.
int fd_send(int socket, const void *bytes, size_t length, int fd);

#endif
