#include "data/webhook.h"
#include "data/crypto.h"

#include <string.h>

#define KEY_LEAST    24
#define KEY_MOST     64
#define VERSION      "v1,"
#define SIGNATURES_MOST 16          /* looked at: a header is short, but not ours */

struct key { const char *at; size_t n; };

/* The prefix may be absent: what follows it is the key. */
static bool key_of(struct ctx *cx, const char *secret, struct key *out)
{
    if (text_starts(secret, WEBHOOK_SECRET_START))
        secret += strlen(WEBHOOK_SECRET_START);
    out->at = text_unbase64(cx->arena, secret, strlen(secret), &out->n);
    return out->at && out->n >= KEY_LEAST && out->n <= KEY_MOST;
}

const char *webhook_secret_new(struct ctx *cx)
{
    uint8_t key[WEBHOOK_KEY_BYTES];

    crypto_random(key, sizeof(key));
    return arena_fmt(cx->arena, "%s%s", WEBHOOK_SECRET_START, text_base64(cx->arena, key, sizeof(key)));
}

static const char *signature(struct ctx *cx, const struct key *key, const char *id, const char *timestamp, struct bytes body)
{
    size_t most = strlen(id) + strlen(timestamp) + body.n + 3;
    struct text all = text_new(cx->arena, most, most);
    uint8_t mac[SHA256_BYTES];

    text_fmt(&all, "%s.%s.", id, timestamp);
    text_add(&all, body.at, body.n);
    crypto_hmac(key->at, key->n, all.at, all.n, mac);
    return text_base64(cx->arena, mac, sizeof(mac));
}

err_t webhook_sign(struct ctx *cx, const char *secret, const char *id, int64_t timestamp_s, struct bytes body, const char **out)
{
    const char *timestamp = arena_fmt(cx->arena, "%lld", (long long)timestamp_s);
    struct key key;

    if (!key_of(cx, secret, &key) || strchr(id, '.'))
        return fail(cx, BUG, "a webhook cannot be signed: its secret or its id is none");
    *out = arena_fmt(cx->arena, VERSION "%s", signature(cx, &key, id, timestamp, body));
    return OK;
}

/* The signatures of a header, "v1,... v1a,... v1,...": those of other versions are passed over. */
static bool any_fits(const char *header, const char *expected)
{
    size_t n = strlen(expected);

    for (int i = 0; i < SIGNATURES_MOST && *header; i++) {
        size_t length = strcspn(header, " ");
        bool ours = text_starts(header, VERSION) && length == n + strlen(VERSION);
        if (ours && text_same_secret(header + strlen(VERSION), expected, n))
            return true;
        header += length;
        header += strspn(header, " ");
    }
    return false;
}

err_t webhook_verify(struct ctx *cx, const char *secret, const struct webhook_sent *sent, int64_t now_s)
{
    int64_t at;
    struct key key;

    if (!key_of(cx, secret, &key))
        return fail(cx, CONFIG_INVALID, "this is not the secret of a webhook");
    if (!sent->id || !*sent->id || !sent->timestamp || !sent->signature)
        return fail(cx, TOKEN_INVALID, "webhook-id, webhook-timestamp and webhook-signature are needed");
    if (!text_to_long(sent->timestamp, strlen(sent->timestamp), &at) || at < 0)
        return fail(cx, TOKEN_INVALID, "webhook-timestamp is no time");
    if (at < now_s - WEBHOOK_LEEWAY_S || at > now_s + WEBHOOK_LEEWAY_S)
        return fail(cx, TOKEN_INVALID, "webhook-timestamp is too far from now");
    if (!any_fits(sent->signature, signature(cx, &key, sent->id, sent->timestamp, sent->body)))
        return fail(cx, TOKEN_INVALID, "no signature fits");
    return OK;
}
