/* Keys of persons: made at first need, kept unwrapped for a while in a bounded table, destroyed on demand. */
#include "app/persons.h"
#include "app/masters.h"
#include "base/clock.h"
#include "data/crypto.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "sql.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SETS      1024          /* of the table; it takes memory as it fills */
#define WAYS      4
#define MARK      "pk1."
#define MARK_N    4
#define ID_BYTES  37

struct person_key { const char *person, *master, *wrapped; };
SHAPE(person_key, "The key of a person, wrapped.",
    FIELD(person_key, person,  "Whose."),
    FIELD(person_key, master,  "Id of the master key that wraps it."),
    FIELD(person_key, wrapped, "The key; NULL: destroyed."));
SHAPE(persons_rotated, "How far a rotation is.",
    FIELD(persons_rotated, done, "Keys wrapped anew."),
    FIELD(persons_rotated, left, "Keys that another master key still wraps."));

struct held_key { char person[ID_BYTES]; uint8_t key[PERSON_KEY_BYTES]; int64_t until_ms; };

struct persons {
    struct masters masters;
    pthread_mutex_t lock;       /* guards the table */
    struct held_key (*table)[WAYS];
};

/* --- the table --- */

static void table_drop(void *with)
{
    struct persons *p = with;

    explicit_bzero(p->table, SETS * sizeof(*p->table));
    free(p->table);
    pthread_mutex_destroy(&p->lock);
}

static struct held_key *set_of(struct persons *p, const char *person)
{
    return p->table[text_hash(person) % SETS];      /* ids are ours, so nobody aims at one set */
}

static bool table_find(struct persons *p, const char *person, uint8_t key[PERSON_KEY_BYTES])
{
    int64_t now_ms = clock_ms();
    bool found = false;

    pthread_mutex_lock(&p->lock);
    struct held_key *set = set_of(p, person);
    for (int i = 0; i < WAYS && !found; i++)
        if (set[i].until_ms > now_ms && !strcmp(set[i].person, person)) {
            memcpy(key, set[i].key, PERSON_KEY_BYTES);
            found = true;
        }
    pthread_mutex_unlock(&p->lock);
    return found;
}

static void table_put(struct persons *p, const char *person, const uint8_t key[PERSON_KEY_BYTES])
{
    pthread_mutex_lock(&p->lock);
    struct held_key *set = set_of(p, person), *oldest = set;
    for (int i = 1; i < WAYS; i++)
        if (set[i].until_ms < oldest->until_ms)
            oldest = &set[i];
    memcpy(oldest->person, person, strnlen(person, ID_BYTES - 1) + 1);
    memcpy(oldest->key, key, PERSON_KEY_BYTES);
    oldest->until_ms = clock_ms() + PERSON_KEY_S * 1000;
    pthread_mutex_unlock(&p->lock);
}

static void table_forget(struct persons *p, const char *person)
{
    pthread_mutex_lock(&p->lock);
    struct held_key *set = set_of(p, person);
    for (int i = 0; i < WAYS; i++)
        if (!strcmp(set[i].person, person))
            explicit_bzero(&set[i], sizeof(set[i]));
    pthread_mutex_unlock(&p->lock);
}

err_t persons_open(struct ctx *cx, struct arena *a, const char *keys, struct persons **out)
{
    struct masters masters;

    *out = NULL;
    TRY(masters_of_setting(cx, a, keys ? keys : "", &masters));
    if (!masters.current)
        return OK;
    struct persons *p = arena_get(a, sizeof(*p));
    p->masters = masters;
    pthread_mutex_init(&p->lock, NULL);
    if (!(p->table = calloc(SETS, sizeof(*p->table))))
        abort();
    *out = arena_own(a, p, table_drop);
    return OK;
}

/* --- one person's key --- */

/* A wrapped key opens for its person only. */
static struct bytes bound_to(const char *person) { return (struct bytes){ person, strlen(person) }; }

/* On a connection of its own: a key that a transaction's end takes back must not have sealed anything. */
static struct ctx apart(const struct ctx *cx)
{
    struct ctx own = *cx;

    own.tx = NULL;
    return own;
}

static fallible key_make(struct ctx *cx, const char *person)
{
    struct persons *p = cx->persons;
    uint8_t key[PERSON_KEY_BYTES];
    struct wrapped_key wrapped;

    crypto_random(key, sizeof(key));
    err_t e = p->masters.engine->wrap(cx, p->masters.state, key, bound_to(person), &wrapped);
    explicit_bzero(key, sizeof(key));
    TRY(e);
    return pg_do(cx, SQL(person_key_put), ARGS(person, wrapped.master, wrapped.text));
}

/* `has` false: there is none, or it is destroyed (then `row` names its person). */
static fallible key_read(struct ctx *cx, const char *person, uint8_t key[PERSON_KEY_BYTES], bool *has, struct person_key *row)
{
    struct persons *p = cx->persons;
    bool found;

    *has = table_find(p, person, key);
    if (*has)
        return OK;
    TRY(pg_find(cx, SQL(person_key_find), ARGS(person), &person_key_shape, row, &found));
    if (!row->wrapped)
        return OK;
    TRY(p->masters.engine->unwrap(cx, p->masters.state, &(struct wrapped_key){ row->master, row->wrapped }, bound_to(person), key));
    table_put(p, person, key);
    *has = true;
    return OK;
}

static fallible key_need(struct ctx *cx, const char *person, uint8_t key[PERSON_KEY_BYTES])
{
    struct person_key row = { 0 };
    struct ctx own = apart(cx);
    bool has;

    TRY(key_read(&own, person, key, &has, &row));
    if (!has && !row.person) {
        TRY(key_make(&own, person));
        TRY(key_read(&own, person, key, &has, &row));
    }
    return has ? OK : fail(cx, PERSON_ERASED, "what belongs to %s was erased", person);
}

/* --- seal and open --- */

bool person_is_sealed(const char *text) { return text && !strncmp(text, MARK, MARK_N); }

err_t person_seal(struct ctx *cx, const char *person, struct bytes plain, const char **out)
{
    uint8_t key[PERSON_KEY_BYTES];

    if (!cx->persons || !person) {
        *out = arena_text(cx->arena, plain.at, plain.n);
        return OK;
    }
    TRY(key_need(cx, person, key));
    struct bytes sealed = crypto_seal(cx, key, plain, bound_to(person));
    explicit_bzero(key, sizeof(key));
    *out = arena_fmt(cx->arena, MARK "%s", text_base64url(cx->arena, sealed.at, sealed.n));
    return OK;
}

static fallible open_one(struct ctx *cx, struct crypto_opener *o, const char *person, const char *text, const char **out)
{
    struct bytes plain = { NULL, 0 };
    size_t n = 0;
    char *sealed = text_unbase64(cx->arena, text + MARK_N, strlen(text) - MARK_N, &n);

    if (crypto_opener_open(cx, o, (struct bytes){ sealed, sealed ? n : 0 }, bound_to(person), &plain))
        return fail(cx, PERSON_KEY_MISSING, "a text was not sealed by the key of %s", person);
    *out = plain.at;                    /* NUL-ended */
    return OK;
}

static fallible opener_of(struct ctx *cx, const char *person, struct crypto_opener **out)
{
    uint8_t key[PERSON_KEY_BYTES];
    struct person_key row = { 0 };
    bool has;

    *out = NULL;
    if (!cx->persons)
        return fail(cx, PERSON_KEY_MISSING, "PERSON_KEYS is not set, and there are sealed texts");
    TRY(key_read(cx, person, key, &has, &row));
    if (has)
        *out = crypto_opener_new(cx, key);
    explicit_bzero(key, sizeof(key));
    return OK;
}

err_t person_open_all(struct ctx *cx, const char *person, const char **const *texts, size_t n)
{
    struct crypto_opener *o = NULL;
    bool asked = false;

    for (size_t i = 0; i < n && person; i++) {
        if (!person_is_sealed(*texts[i]))
            continue;
        if (!asked)
            TRY(opener_of(cx, person, &o));
        asked = true;
        const char *text = *texts[i];
        *texts[i] = NULL;
        if (o)
            TRY(open_one(cx, o, person, text, texts[i]));
    }
    return OK;
}

err_t person_open(struct ctx *cx, const char *person, const char *text, const char **out)
{
    *out = text;
    return person_open_all(cx, person, &out, 1);
}

/* --- the end of a key, and of a master key --- */

err_t person_erase(struct ctx *cx, const char *person)
{
    TRY(pg_do(cx, SQL(person_key_erase), ARGS(person)));
    if (cx->persons)
        table_forget(cx->persons, person);
    return OK;
}

static fallible wrap_anew(struct ctx *cx, const struct person_key *old, struct wrapped_key *out)
{
    const struct masters *m = &cx->persons->masters;
    uint8_t key[PERSON_KEY_BYTES];

    TRY(m->engine->unwrap(cx, m->state, &(struct wrapped_key){ old->master, old->wrapped }, bound_to(old->person), key));
    err_t e = m->engine->wrap(cx, m->state, key, bound_to(old->person), out);
    explicit_bzero(key, sizeof(key));
    return e;
}

static fallible rotate(struct ctx *cx, int most, struct persons_rotated *out)
{
    struct { LIST_OF(struct person_key) rows; } old = { .rows = { NULL, 0 } };
    const char *current = cx->persons->masters.current;
    bool found;

    TRY(pg_list(cx, SQL(person_keys_old), ARGS(current, most), &person_key_shape, &old.rows));
    const char **persons = NEWS(cx, const char *, old.rows.n), **texts = NEWS(cx, const char *, old.rows.n);
    for (size_t i = 0; i < old.rows.n; i++) {
        struct wrapped_key now;
        TRY(wrap_anew(cx, &old.rows.at[i], &now));
        persons[i] = old.rows.at[i].person, texts[i] = now.text;
    }
    TRY(pg_do(cx, SQL(person_keys_wrap), ARGS(pg_array(cx, persons, old.rows.n), pg_array(cx, texts, old.rows.n), current)));
    TRY(pg_find(cx, SQL(person_keys_left), ARGS(current), &persons_rotated_shape, out, &found));
    out->done = (int64_t)old.rows.n;
    return OK;
}

err_t persons_rotate(struct ctx *cx, int most, struct persons_rotated *out)
{
    if (!cx->persons)
        return fail(cx, CONFIG_INVALID, "PERSON_KEYS is not set");
    TRY(pg_begin(cx));
    err_t e = rotate(cx, most, out);
    if (e) {
        pg_undo(cx);
        return e;
    }
    return pg_commit(cx);
}
