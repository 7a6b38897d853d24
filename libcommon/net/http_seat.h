/* Seats: an easy handle of libcurl with a multi handle that keeps its connections. One thread sits on one
 * for one transfer, which it can give up at any moment, unlike curl_easy_perform. */
#pragma once

#include "net/http.h"

#include <curl/curl.h>

struct seat {
    CURLM *multi;
    CURL  *easy;
    char   origin[256];             /* where it went last */
    bool   guarded;                 /* its connections passed the gate; others must not be used by guarded requests */
    struct seat *next;
};

#define SEAT_LOOK_MS  100           /* how late a stop may be noticed */

/* Waits for one to be free; one that went to this origin before is preferred. */
fallible seat_take(struct ctx *cx, struct http *h, const char *origin, bool guarded, struct seat **out);
/* Its easy handle must be reset, and in no transfer. */
void seat_give(struct http *h, struct seat *s);
