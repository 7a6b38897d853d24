#include "identity/directory.h"
#include "http/gateway.h"
#include "app/metrics.h"
#include "base/log.h"
#include "data/uuid.h"
#include "net/directory.h"
#include "net/pg.h"
#include "sql.h"

METRIC(logins, COUNTER, "palabre_directory_logins_total", "Logins that the directory was asked about.", "said");

struct directory_account { const char *id; };
extern const struct shape directory_account_shape;
SHAPE(directory_account, "The account of a person of the directory.",
    FIELD(directory_account, id, "Id of the account."));

/* An address that another account has stays that one's: who may write the directory's addresses may not take it over.
 * Two first logins at once: the second finds what the first has made. */
static fallible put(struct ctx *cx, const struct directory_person *p, struct directory_account *out)
{
    const char *groups = pg_array(cx, p->groups.at, p->groups.n), *name = p->name ? p->name : p->login;
    bool found;

    for (int tries = 2; tries; tries--) {
        err_t e = pg_find(cx, SQL(directory_put), ARGS(uuid_make(cx), p->id, p->dn, p->mail, name, groups), &directory_account_shape, out, &found);
        if (!e || e->code != E_PG_DUPLICATE)
            return e;
    }
    log_event(cx, LOG_WARN, "a person of the directory has the address of another account", LOG_TEXT("dn", p->dn));
    return fail(cx, AUTH_FAILED, "the name or the password is wrong");
}

err_t directory_account(struct ctx *cx, const char *name, const char *password, bool local, const char **id)
{
    struct directory *d = ((const struct exchange *)cx->host)->gateway->directory;
    struct directory_account account = { 0 };
    struct directory_person person;

    if (!d)
        return fail(cx, AUTH_FAILED, "the name or the password is wrong");
    err_t e = directory_login(cx, d, name, password, &person);
    metric_add(&logins, !e ? "yes" : e->code == E_AUTH_FAILED ? "no" : e->code == E_OVERLOADED ? "busy" : "down", 1);
    TRY(e);
    if (local)
        return fail(cx, AUTH_FAILED, "the name or the password is wrong");
    TRY(put(cx, &person, &account));
    *id = account.id;
    return OK;
}
