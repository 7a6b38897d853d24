/* The products whose clients ask here. Where several claim one path, the port that a request came to or the name it
 * asked for says whose it is; elsewhere it is nobody's in particular, and the answer is one that fits all. */
#pragma once

#include "base/text.h"

enum product { ANY_PRODUCT, IASTED, ROBIAN, FOYERGPT, SAAS_IA, HELLOJADE, PRODUCTS };

struct dialect  { const char *host; size_t host_n; int port; enum product product; };    /* a port, or a host */
struct dialects { struct dialect *at; size_t n; };

const char *product_name(enum product p);

/* "8061=foyergpt, saas.example.org=saas-ia". CONFIG_INVALID. */
fallible dialects_read(struct ctx *cx, const char *list, struct dialects *out);
/* `host`: the header, or NULL; a name goes before a port. */
enum product dialects_find(const struct dialects *list, const char *host, int port);
