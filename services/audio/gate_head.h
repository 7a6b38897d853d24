/* The head of a request to the gate (gate.h): what is asked for, and what of it goes on. */
#pragma once

#include "base/text.h"

#define GATE_HEAD_BYTES 32768

struct gate_head {
    bool tunnel;                    /* CONNECT */
    char host[256], port[8];        /* an IPv6 address without its brackets */
    const char *site;               /* host and port as they were written */
    const char *method, *path;      /* of what is no tunnel */
    const char *headers;            /* those that go on, each with its line end: none of a hop's, no Host */
};

/* Bytes of the head with its empty line; 0: it is not whole. */
size_t gate_head_ends(const char *at, size_t n);

/* Reads a whole head. `secret`: what must stand behind "Basic " in Proxy-Authorization. Gives the status of the refusal
 * (400: no such request is taken, 407: the secret is wrong), or 0. */
int gate_head_read(struct arena *a, const char *at, size_t n, const char *secret, struct gate_head *out);
