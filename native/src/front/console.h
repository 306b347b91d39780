// Terminals: handed to the caller's socket, or copied to and from our own.
#ifndef CARAFE_FRONT_CONSOLE_H
#define CARAFE_FRONT_CONSOLE_H

#include <stdbool.h>

// Connects to a Unix stream socket: -1 with errno.
int socket_connect(const char *path);

// Sends the terminal's master as runc does: the text is the name of its other end.
int console_send(int socket, int master);

// Our own terminal, if stdin is one, becomes raw; console_restore undoes it.
void console_raw(int master);
void console_restore(void);
void console_resize(int master);

// What can be read from one goes to the other: false at the end or on failure.
bool console_copy(int from, int to);

#endif
