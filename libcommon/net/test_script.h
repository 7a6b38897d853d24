/* A server for tests that plays scripts of raw bytes: each connection the next script, each request the
 * steps up to the next TAKES. Gone with the arena of its test. */
#pragma once

#include "test.h"

enum act { END, READ, READ_SLOWLY, SEND, DRIP, WAIT, RESET };
struct step { enum act act; const char *bytes; int64_t ms; size_t n; };     /* n: how often to send them */
#define PLAY(...)            ((const struct step[]){ __VA_ARGS__, { .act = END } })
#define TAKES                { .act = READ }
#define TAKES_SLOWLY(ms_)    { .act = READ_SLOWLY, .ms = ms_ }
#define SAYS(text)           { .act = SEND, .bytes = text }
#define REPEATS(n_, text)    { .act = SEND, .bytes = text, .n = n_ }
#define DRIPS(ms_, text)     { .act = DRIP, .bytes = text, .ms = ms_ }
#define WAITS(ms_)           { .act = WAIT, .ms = ms_ }
#define RESETS               { .act = RESET }
#define ANSWERS(text)        TAKES, SAYS(text)

#define OK_HI  "HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=utf-8\r\nContent-Length: 2\r\n\r\nhi"
#define CHUNKED  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

struct server;

/* The scripts of the first connections; the last for all that follow. Opens cx's HTTP client, too. */
struct server *server_start(struct ctx *cx, int n, const struct step *const *plays);
#define SERVER(...)  server_start(cx, (int)COUNT(((const struct step *const[]){ __VA_ARGS__ })), (const struct step *const[]){ __VA_ARGS__ })

int server_port(const struct server *s);
const char *server_url(struct ctx *cx, const struct server *s, const char *path);
const char *server_seen(struct ctx *cx, struct server *s);      /* the requests, as they came */
size_t server_seen_n(struct server *s);
int server_requests(struct server *s);
int server_connections(struct server *s);

/* A listening socket on a free port of loopback. */
int listen_somewhere(int backlog, int *port);
