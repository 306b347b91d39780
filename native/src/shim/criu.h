// CRIU's dialogue with an agent: the connection of a CRIU request carries it, and the agent adopts what was restored (PROTOCOL.md section 3).
#ifndef CARAFE_SHIM_CRIU_H
#define CARAFE_SHIM_CRIU_H

#include "proc.h"

#define CRIU_WORDS_MAX 16
#define CRIU_LISTS 3 // argv, env, files

// Reads a list of words in place, with a NULL at the end: how many, 0 when it is none or too long.
uint32_t criu_words(struct reader *r, char **to);
void criu_begun(struct proc *p);
// Hands one message of criu's on. False when there is none yet, or no more.
bool criu_hear(struct proc *p);
void criu_frame(struct conn *c, uint16_t type, const uint8_t *payload, uint32_t len);
// Its client is gone: criu gives up at its next word.
void criu_gone(struct proc *p);
// It ended before anything that it restored was adopted.
void criu_ended(struct proc *p);

#endif
