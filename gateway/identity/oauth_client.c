/* Programs that people log in to: who they are, and where they may be answered. */
#include "identity/oauth.h"
#include "http/api_key.h"
#include "http/gateway.h"
#include "app/audit.h"
#include "data/crypto.h"
#include "data/json.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>
#include <strings.h>

#define BODY_BYTES    16384
#define SECRET_RANDOM 32

/* --- answers --- */

/* What a description may be made of, RFC 6749 5.2; French words are told where it does not count. */
static bool is_description(const char *about)
{
    for (; *about; about++)
        if (*about < ' ' || *about > '~' || *about == '"' || *about == '\\')
            return false;
    return true;
}

err_t oauth_say(struct ctx *cx, struct exchange *x, int status, const char *error, const char *about)
{
    struct oauth_error e = { error, is_description(about) ? about : NULL, about, about, error, x->request_id };

    exchange_header(x, "Pragma", "no-cache");
    exchange_json(cx, x, status, &oauth_error_shape, &e);
    return OK;
}

void oauth_refuse(struct ctx *cx, struct exchange *x, err_t e)
{
    int status = err_status(e->code);
    int64_t wait_s = e->retry_after_ms ? (e->retry_after_ms + 999) / 1000 : status == 503 ? 1 : 0;
    const char *error = status == 429 || status == 503 ? "temporarily_unavailable" : status >= 500 ? "server_error" : "invalid_request";

    if (wait_s)
        exchange_header(x, "Retry-After", arena_fmt(cx->arena, "%lld", (long long)wait_s));
    oauth_say(cx, x, status == 422 ? 400 : status, error, err_title(e->code));
}

err_t oauth_read(struct ctx *cx, struct exchange *x, const struct shape *s, void *in)
{
    struct bytes body;

    TRY(edge_read_all(cx, x->request, BODY_BYTES, &body));
    if (exchange_is_form(x))
        return form_read(cx, body.n ? body.at : "", s, 0, in);
    const char *type = exchange_read_header(x, "Content-Type");
    if (body.n && (!type || !text_starts(type, "application/json")))
        return fail(cx, TYPE_UNSUPPORTED, "a form or JSON is read here");
    return json_read(cx, body.n ? body.at : "{}", body.n ? body.n : 2, s, in);
}

/* --- who --- */

err_t client_find(struct ctx *cx, const char *id, struct oauth_client *out, bool *found)
{
    *found = false;
    return id ? pg_find(cx, SQL(client_find), ARGS(id), &oauth_client_shape, out, found) : OK;
}

SHAPE(basic, "Credentials of a program.",
    FIELD(basic, id,     "Its id."),
    FIELD(basic, secret, "Its secret."));

const struct basic *basic_read(struct ctx *cx, const char *value)
{
    struct basic *b = NEW(cx, struct basic);
    size_t n;

    if (!value || strncasecmp(value, "Basic ", 6))
        return NULL;
    const char *pair = text_unbase64(cx->arena, value + 6, strlen(value + 6), &n), *colon = pair ? strchr(pair, ':') : NULL;
    if (!colon || strlen(pair) != n || strpbrk(pair, "&="))
        return b;
    err_t e = form_read(cx, arena_fmt(cx->arena, "id=%.*s&secret=%s", (int)(colon - pair), pair, colon + 1), &basic_shape, 0, b);
    return e ? NEW(cx, struct basic) : b;
}

static bool secret_is(struct ctx *cx, const struct oauth_client *c, const char *secret)
{
    return secret && text_same_secret(c->secret, token_hash(cx, secret), SHA256_BYTES * 2);
}

err_t client_prove(struct ctx *cx, const struct exchange *x, const char *id, const char *secret, struct oauth_client *out,
                   enum client_proof *proof)
{
    const struct basic *basic = basic_read(cx, exchange_read_header(x, "Authorization"));
    bool found;

    *proof = CLIENT_WRONG;
    if (basic && secret) {
        *proof = CLIENT_TWICE;
        return OK;
    }
    if (basic && id && !text_is(id, basic->id))
        return OK;
    id = basic ? basic->id : id;
    secret = basic ? basic->secret : secret;
    if (!id && !basic) {
        *proof = CLIENT_UNNAMED;
        return OK;
    }
    TRY(client_find(cx, id, out, &found));
    if (!found)
        return OK;
    if (out->secret)
        *proof = secret_is(cx, out, secret) ? CLIENT_PROVED : CLIENT_WRONG;
    else
        *proof = secret ? CLIENT_WRONG : CLIENT_PUBLIC;
    return OK;
}

err_t client_refuse(struct ctx *cx, struct exchange *x, enum client_proof proof)
{
    const char *tried = exchange_read_header(x, "Authorization");

    if (proof == CLIENT_TWICE)
        return oauth_say(cx, x, 400, "invalid_request", "the client proves itself in one way only");
    if (proof == CLIENT_UNNAMED)
        return oauth_say(cx, x, 400, "invalid_request", "client_id is missing");
    if (tried && !strncasecmp(tried, "Basic", 5))
        exchange_header(x, "WWW-Authenticate", "Basic realm=\"oauth\"");
    return oauth_say(cx, x, 401, "invalid_client", "the client is unknown or its secret is wrong");
}

/* --- where --- */

/* "http://127.0.0.1" or "http://[::1]" in front; gives the rest, or NULL. */
static const char *after_loopback(const char *uri)
{
    static const char *const hosts[] = { "http://127.0.0.1", "http://[::1]" };

    for (size_t i = 0; i < COUNT(hosts); i++) {
        size_t n = strlen(hosts[i]);
        if (!strncmp(uri, hosts[i], n) && (!uri[n] || strchr(":/?", uri[n])))
            return uri + n;
    }
    return NULL;
}

static const char *after_port(const char *at)
{
    size_t n = *at == ':' ? strspn(at + 1, "0123456789") : 0;

    return *at != ':' ? at : n >= 1 && n <= 5 ? at + 1 + n : NULL;
}

bool redirect_is_same(const char *registered, const char *given)
{
    if (!strcmp(registered, given))
        return true;
    const char *one = after_loopback(registered), *two = after_loopback(given);
    if (!one || !two || one - registered != two - given || strncmp(registered, given, (size_t)(one - registered)))
        return false;
    one = after_port(one), two = after_port(two);
    return one && two && !strcmp(one, two);
}

err_t client_may_go_to(struct ctx *cx, const struct oauth_client *c, const char *uri, bool *may)
{
    struct { LIST_OF(struct client_redirect) rows; } all = { 0 };

    *may = false;
    if (!uri)
        return OK;
    TRY(pg_list(cx, SQL(client_redirects), ARGS(c->id), &client_redirect_shape, &all.rows));
    for (size_t i = 0; i < all.rows.n && !*may; i++)
        *may = redirect_is_same(all.rows.at[i].uri, uri);
    return OK;
}

/* Letters, digits and what RFC 3986 allows, but quotes: it stands in pages and headers. */
static bool is_plain(const char *uri)
{
    for (; *uri; uri++)
        if (*uri <= ' ' || *uri > '~' || strchr("\"'<>\\^`{|}#;,*", *uri))
            return false;
    return true;
}

const char *redirect_flaw(const char *uri)
{
    size_t scheme = strspn(uri, "abcdefghijklmnopqrstuvwxyz0123456789.+-"), host;

    if (strlen(uri) > 500 || !is_plain(uri))
        return "is too long or holds characters that have no place there";
    if (after_loopback(uri))
        return after_port(after_loopback(uri)) ? NULL : "has no port such as 8080";
    if (!strncmp(uri, "https://", 8)) {
        host = strcspn(uri + 8, "/?");
        return host && !memchr(uri + 8, '@', host) ? NULL : "has no host";
    }
    if (uri[scheme] == ':' && memchr(uri, '.', scheme))
        return NULL;                    /* of a program of one's own: org.example.app:/back */
    return "is neither https, nor http on 127.0.0.1 or [::1], nor a scheme such as org.example.app";
}

/* --- registering --- */

static fallible redirects_put(struct ctx *cx, const char *id, const struct texts *uris)
{
    for (size_t i = 0; i < uris->n; i++) {
        const char *flaw = redirect_flaw(uris->at[i]);
        if (flaw)
            return fail(cx, INPUT_INVALID, "/redirect_uris/%zu %s", i, flaw);
        TRY(pg_do(cx, SQL(client_redirect_put), ARGS(id, uris->at[i])));
    }
    return OK;
}

HANDLER(client_create, client_in, client_made)
{
    const char *id = in->client_id ? in->client_id : uuid_make(cx), *secret = NULL;
    uint8_t dice[SECRET_RANDOM];

    if (id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_~")])
        return fail(cx, INPUT_INVALID, "/client_id holds other characters than letters, digits, . - _ ~");
    if (in->confidential) {
        crypto_random(dice, sizeof(dice));
        secret = text_base64url(cx->arena, dice, sizeof(dice));
    }
    TRY(pg_begin(cx));
    err_t e = pg_do(cx, SQL(client_put), ARGS(id, in->name, secret ? token_hash(cx, secret) : NULL));
    if (e && e->code == E_PG_DUPLICATE)
        return fail(cx, NAME_TAKEN, "there is a client %s", id);
    TRY(e);
    TRY(redirects_put(cx, id, &in->redirect_uris));
    TRY(audit_add(cx, &(struct audit_entry){ .action = "client.create", .type = "client", .id = id }));
    TRY(pg_commit(cx));
    *out = (struct client_made){ id, secret, in->name, in->redirect_uris };
    return OK;
}

HANDLER(clients_list, none, client_rows)
{
    (void)in;
    return pg_list(cx, SQL(clients_list), NO_ARGS, &client_row_shape, &out->clients);
}

/* What people gave it ends with it. */
HANDLER(client_delete, client_ref, none)
{
    struct { LIST_OF(struct session_ref) rows; } ended = { 0 };
    struct client_name gone = { 0 };
    bool found;

    (void)out;
    TRY(pg_begin(cx));
    TRY(pg_list(cx, SQL(client_sessions_end), ARGS(in->id), &session_ref_shape, &ended.rows));
    TRY(pg_find(cx, SQL(client_delete), ARGS(in->id), &client_name_shape, &gone, &found));
    if (!found)
        return fail(cx, CLIENT_UNKNOWN, "no client %s", in->id);
    TRY(audit_add(cx, &(struct audit_entry){ .action = "client.delete", .type = "client", .id = in->id }));
    TRY(pg_commit(cx));
    for (size_t i = 0; i < ended.rows.n; i++)
        ended_tell_session(cx, ended.rows.at[i].id);
    return OK;
}
