/* Errors in the words of the products: a dialect is rows, no handler knows of it. Statuses, texts and members stand here as
 * the products' clients read them; everything else of an error is the same for all (problem.c). */
#pragma once

#include "http/exchange.h"

/* How a product tells errors. */
struct manner {
    bool for_people;                    /* `detail` is for people, in French */
    bool in_english;                    /* the same in English */
    bool error_is_text;                 /* `error` is read by people as well */
    bool dated;                         /* with `timestamp` and `details` */
};

struct words {
    enum product  product;
    enum err_code code;                 /* ERR_CODES: any other of this status */
    int           status;               /* 0: as for everybody */
    const char   *verb, *path;          /* only of this route (route_path_fits); NULL: of any */
    const char   *flaw;                 /* only where this member is wrong, and not missing; "*": any member; NULL: whatever is */
    bool          object;               /* `detail` below is JSON: an object */
    bool          list;                 /* `detail` is the list of what is wrong with the input */
    bool          details;              /* so is `details`, by member */
    bool          located;              /* with `path`, that of the request */
    const char   *detail;               /* the exact texts; NULL: as for everybody, or in the product's manner */
    const char   *error, *message, *error_code;
};

/* The product whose words an error of this request is told in: that of its listener; of routes that one product alone
 * has, that one everywhere. */
enum product words_product(const struct exchange *x);
const struct manner *manner_of(enum product p);
/* The row of an error, or NULL. */
const struct words *words_find(const struct exchange *x, const err_t e);
/* Whether some product tells this error of a route with this status. */
bool words_say(const struct route *r, enum err_code code, int status);
