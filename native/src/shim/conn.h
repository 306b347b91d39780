// Connections and framing (PROTOCOL.md section 3).
//
// A frame's payload lives in pages of its own that are given back after dispatch; output that the peer does not take at once waits in a bounded buffer that exists only
// as long as it is needed. So an idle connection costs nothing but its table row.
#ifndef CARAFE_CONN_H
#define CARAFE_CONN_H

#include "loop.h"
#include "wire.h"

#define CONNS_MAX 256
#define FRAME_HEAD 12u
#define FRAME_MAX (8u * 1024 * 1024)
#define REPLY_MAX (3u * 1024 * 1024)
#define REPLY_BIT 0x8000u
#define REPLY_FAILURE 0xffffu
#define CONTROL_BACKLOG (4u * 1024 * 1024) // a control peer that leaves more than this unread is cut off
#define ATTACH_BACKLOG (1024u * 1024) // a burst that a client who reads can take, while its agent waits for a processor
#define NO_INDEX 0xffffffffu

enum conn_mode { CONN_CONTROL, CONN_EXEC_STARTING, CONN_EXEC, CONN_ATTACH, CONN_CRIU };

struct proc;

struct conn {
  struct handler h;
  uint32_t generation; // distinguishes this connection from an earlier one in the same row
  enum conn_mode mode;
  bool subscribed;
  bool closing; // nothing more is read; closes when the output is drained
  uint8_t head[FRAME_HEAD];
  uint32_t have; // bytes of head, then of payload, that arrived
  uint8_t *payload;
  uint32_t payload_len;
  uint8_t *out;
  size_t out_cap, out_at, out_len;
  struct proc *proc; // of a stream
  uint8_t want; // WANT_*, of an attach
  uint32_t stdin_at; // how much of a STDIN frame in `payload` was written; valid while stdin_held
  bool stdin_held;
};

#define WANT_STDIN 1u
#define WANT_STDOUT 2u
#define WANT_STDERR 4u

// A request that will be answered later; harmless when its connection went away meanwhile.
struct ticket {
  uint32_t generation;
  uint32_t id;
  uint16_t conn;
  uint16_t type;
  bool used;
};

struct failure {
  int err; // 0: no failure
  uint32_t index; // NO_INDEX when it is not about the plan
  uint16_t op;
  uint32_t item;
  char message[256];
};

int conn_listen(const char *path);
// Serves this connected, non-blocking socket. -1 with errno when the table is full.
int conn_adopt(int fd);
struct ticket conn_ticket(const struct conn *c, uint16_t type, uint32_t id);
struct conn *conn_of(const struct ticket *t); // NULL when it is gone
void conn_each(void (*fn)(struct conn *c, void *arg), void *arg);

// reply.c: the writer on the shared reply buffer; one reply is built at a time.
struct writer *reply_begin(void);
void reply_end(const struct ticket *t);
void reply_empty(const struct ticket *t);
void reply_failure(const struct ticket *t, const struct failure *f);
// A failure that is not about the plan; the message is formatted.
void reply_error(const struct ticket *t, int err, const char *format, ...) __attribute__((format(printf, 3, 4)));

// Sends what reply_begin collected as a frame with request id 0 (an event, a stream frame).
void conn_send_built(struct conn *c, uint16_t type);
// Sends one frame; id 0 for what answers no request.
void conn_send(struct conn *c, uint16_t type, uint32_t id, const void *data, size_t len);
bool conn_blocked(const struct conn *c); // something waits for the peer to read

void conn_close(struct conn *c);
void conn_close_drained(struct conn *c);
void conn_pause(struct conn *c);
void conn_resume(struct conn *c);
// Takes the payload of the frame in hand away from the connection; give it back with payload_free.
uint8_t *conn_take_payload(struct conn *c);
void payload_free(uint8_t *p, size_t len);
// Gives the descriptor away without shutting it down.
void conn_abandon(struct conn *c);

// Implemented by dispatch.c and stream.c.
void dispatch(struct conn *c, uint16_t type, uint32_t id, const uint8_t *payload, uint32_t len);
void stream_frame(struct conn *c, uint16_t type, const uint8_t *payload, uint32_t len);
void stream_drained(struct conn *c);
void stream_gone(struct conn *c);

#endif
