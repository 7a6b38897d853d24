/* Headers of requests and answers, as far as the HTTP client looks into them. */
#pragma once

#include "net/http.h"

/* One line of an answer's header, with its line end. */
void http_take_header(struct ctx *cx, const char *line, size_t n, struct http_answer *out);

/* May this header of a request go to another host than the one it was meant for? */
bool http_may_travel(const char *header);

/* Overwrite, in an answer's body, what the request's headers and URL hold secret: providers echo keys. */
void http_blacken(const struct http_ask *ask, char *body, size_t n);
