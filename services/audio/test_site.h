/* A site of videos on loopback: nginx, in a directory of the test, gone with its arena. Files made by tests are served as they
 * are; "/say/403" answers so; what comes to its second port is what must never be reached. */
#pragma once

#include "test.h"

struct site { const char *dir, *url, *inside; int port, closed_port; };  /* inside: http://127.0.0.1:closed_port */

/* Opens the gate for its first port, and cx's HTTP client, blobs and job. Skips the test where there is no nginx. */
struct site *site_start(struct ctx *cx);
/* A listening socket that nobody is to come to. */
int site_listen(int port);
const char *site_at(struct ctx *cx, const struct site *s, const char *path);
/* A file of text; %s in it is the closed port's address. */
void site_put(struct ctx *cx, const struct site *s, const char *name, const char *text);
/* The lines of its log: "port status path?query agent cookie proxy-authorization". */
const char *site_log(struct ctx *cx, const struct site *s);
int site_count(struct ctx *cx, const struct site *s, const char *part);

/* Runs a program in the site's directory. */
void site_tool(struct ctx *cx, const struct site *s, const char *const *words);
/* Makes talk.mp4 and talk/list.m3u8 with its parts, 7.1 seconds of speech. */
void site_talk(struct ctx *cx, const struct site *s);
/* Speech without an end at live/list.m3u8, as fast as it is spoken, until the test is over. */
void site_broadcast(struct ctx *cx, const struct site *s);
