// What a launcher says on its channel (PROTOCOL.md section 2): the first byte of each message.
#ifndef CARAFE_MESSAGES_H
#define CARAFE_MESSAGES_H

enum message { MSG_PID = 1, MSG_PARKED, MSG_FAIL, MSG_WARN, MSG_CONSOLE, MSG_EXECING, MSG_DONE, MSG_LISTENER };

#endif
