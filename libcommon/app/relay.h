/* The outbox relay of a process: publishes the tickets of what it accepted, after the commit, and deletes their
 * rows once the broker has confirmed. Tickets that other processes left behind are found by a look at the outbox. */
#pragma once

#include "app/daemon.h"
#include "app/jobs.h"

struct relay *relay_open(struct daemon *d);
void relay_close(struct relay *r);          /* publishes what it was given, at most a second */

/* Tickets whose rows are committed. Never blocks: what finds no room is found in the outbox. */
void relay_send(struct daemon *d, const struct ticket *t);
bool relay_is_up(const struct relay *r);
