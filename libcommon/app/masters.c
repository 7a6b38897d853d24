#include "app/masters.h"
#include "data/crypto.h"

#include <string.h>

#define MASTERS_MOST 16
#define ID_BYTES     32

struct master { char id[ID_BYTES + 1]; uint8_t key[PERSON_KEY_BYTES]; };
struct setting_masters { struct master all[MASTERS_MOST]; size_t n; };

static err_t setting_wrap(struct ctx *cx, const void *state, const uint8_t key[PERSON_KEY_BYTES], struct bytes bound, struct wrapped_key *out)
{
    const struct master *m = ((const struct setting_masters *)state)->all;
    struct bytes sealed = crypto_seal(cx, m->key, (struct bytes){ (const char *)key, PERSON_KEY_BYTES }, bound);

    *out = (struct wrapped_key){ m->id, text_base64url(cx->arena, sealed.at, sealed.n) };
    return OK;
}

static err_t setting_unwrap(struct ctx *cx, const void *state, const struct wrapped_key *w, struct bytes bound, uint8_t key[PERSON_KEY_BYTES])
{
    const struct setting_masters *masters = state;
    struct bytes plain = { NULL, 0 };
    size_t n = 0, i = 0;

    while (i < masters->n && strcmp(masters->all[i].id, w->master))
        i++;
    if (i == masters->n)
        return fail(cx, PERSON_KEY_MISSING, "master key %s is not among PERSON_KEYS", w->master);
    char *sealed = text_unbase64(cx->arena, w->text, strlen(w->text), &n);
    err_t e = crypto_open(cx, masters->all[i].key, (struct bytes){ sealed, sealed ? n : 0 }, bound, &plain);
    if (e || plain.n != PERSON_KEY_BYTES)
        return fail(cx, PERSON_KEY_MISSING, "master key %s is not the one that wrapped this key", w->master);
    memcpy(key, plain.at, PERSON_KEY_BYTES);
    explicit_bzero((char *)(uintptr_t)plain.at, plain.n);
    return OK;
}

static const struct master_engine of_setting = { "setting", setting_wrap, setting_unwrap };

static fallible read_master(struct ctx *cx, const char *at, size_t n, struct setting_masters *out)
{
    const char *colon = memchr(at, ':', n);
    size_t id_n = colon ? (size_t)(colon - at) : 0, key_n = 0;
    struct master *m = &out->all[out->n];

    if (!id_n || id_n > ID_BYTES || strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-_.") < id_n)
        return fail(cx, CONFIG_INVALID, "PERSON_KEYS: an entry is id:base64, its id up to %d of a-z 0-9 - _ .", ID_BYTES);
    memcpy(m->id, at, id_n);
    char *key = text_unbase64(cx->arena, colon + 1, n - id_n - 1, &key_n);
    if (!key || key_n != PERSON_KEY_BYTES)
        return fail(cx, CONFIG_INVALID, "PERSON_KEYS: %s is not base64 of %d bytes", m->id, PERSON_KEY_BYTES);
    memcpy(m->key, key, key_n);
    explicit_bzero(key, key_n);
    for (size_t i = 0; i < out->n; i++)
        if (!strcmp(out->all[i].id, m->id))
            return fail(cx, CONFIG_INVALID, "PERSON_KEYS: %s is there twice", m->id);
    out->n++;
    return OK;
}

err_t masters_of_setting(struct ctx *cx, struct arena *a, const char *keys, struct masters *out)
{
    struct setting_masters *state = arena_get(a, sizeof(*state));

    for (const char *at = keys + strspn(keys, ", "); *at; at += strcspn(at, ", "), at += strspn(at, ", ")) {
        if (state->n == COUNT(state->all))
            return fail(cx, CONFIG_INVALID, "PERSON_KEYS: %d at most", MASTERS_MOST);
        TRY(read_master(cx, at, strcspn(at, ", "), state));
    }
    *out = (struct masters){ &of_setting, state, state->n ? state->all[0].id : NULL };
    return OK;
}
