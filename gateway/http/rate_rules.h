/* How often: the products' rules, as their contracts have them, and for all else the limits of the settings. */
#pragma once

#include "http/product.h"
#include "http/route.h"

struct rate_rule {
    enum product product;
    bool        own;                /* no other product has this path: the rule holds whichever dialect is spoken */
    const char *verb;               /* NULL: any */
    const char *path;               /* as routes have it, whatever its {parameters} are called; a last "*" stands for any rest */
    const char *bucket;             /* what is counted together; NULL: each route by itself */
    int         limit, window_s;
};

/* The rule of a product for a route, or NULL. */
const struct rate_rule *rate_rule_find(enum product p, const struct route *r);
