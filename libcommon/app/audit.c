/* Writing entries, erasing what they tell of persons, letting old months go. Linking them is audit_chain.c's. */
#include "app/audit_record.h"
#include "app/group.h"
#include "app/metrics.h"
#include "base/clock.h"
#include "data/json.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "sql.h"

#include <ctype.h>
#include <string.h>

#define SECRET_BYTES     32     /* at least */
#define IP_BYTES         45     /* the longest IPv6 address as text */
#define AGENT_BYTES      256
#define IDENTIFIER_BYTES 254    /* an address: RFC 5321 4.5.3.1.3 */

METRIC(added, COUNTER, "palabre_audit_entries_total", "Entries of the audit log written.", "outcome");

/* --- keys --- */

static fallible add_key(struct ctx *cx, struct audit_keys *keys, int64_t id, const char *secret, size_t n)
{
    if (keys->n == AUDIT_KEYS_MOST)
        return fail(cx, CONFIG_INVALID, "AUDIT_OLD_SECRETS has more than %d keys", AUDIT_KEYS_MOST - 1);
    if (id < 1 || id > INT16_MAX || audit_secret(keys, (int)id))
        return fail(cx, CONFIG_INVALID, "a key id of the audit log is given twice, or is none of 1 to %d", INT16_MAX);
    if (n < SECRET_BYTES || memchr(secret, ',', n) || memchr(secret, '\n', n))
        return fail(cx, CONFIG_INVALID, "AUDIT_SECRET and each of AUDIT_OLD_SECRETS have at least %d bytes, and no comma", SECRET_BYTES);
    keys->at[keys->n].id = (int)id;
    keys->at[keys->n++].secret = arena_text(cx->arena, secret, n);
    return OK;
}

/* "1:secret,2:secret" */
static fallible add_old(struct ctx *cx, struct audit_keys *keys, const char *list)
{
    while (*list) {
        size_t n = strcspn(list, ",\n"), name = strcspn(list, ":");
        int64_t id;
        if (name >= n || !text_to_long(list, name, &id))
            return fail(cx, CONFIG_INVALID, "AUDIT_OLD_SECRETS is a list of id:secret");
        TRY(add_key(cx, keys, id, list + name + 1, n - name - 1));
        list += n + (list[n] != '\0');
    }
    return OK;
}

err_t audit_keys_read(struct ctx *cx, const char *secret, int id, const char *old, const struct audit_keys **out)
{
    struct audit_keys *keys = NEW(cx, struct audit_keys);

    *out = NULL;
    if (!secret || !*secret)
        return OK;
    keys->current = id;
    TRY(add_key(cx, keys, id, secret, strlen(secret)));
    TRY(add_old(cx, keys, old ? old : ""));
    *out = keys;
    return OK;
}

/* --- members --- */

SHAPE(audit_details, "What an entry says beside its members.",
    FIELD(audit_details, count,   "How many."),
    FIELD(audit_details, error,   "Name of an error."),
    FIELD(audit_details, from,    "What it was before."),
    FIELD(audit_details, kind,    "Of which kind."),
    FIELD(audit_details, method,  "How."),
    FIELD(audit_details, reason,  "Why."),
    FIELD(audit_details, state,   "In which state."),
    FIELD(audit_details, through, "Up to which sequence number."),
    FIELD(audit_details, to,      "What it is after."));

SHAPE(audit_person, "What an entry tells of a person beside an id.",
    FIELD(audit_person, identifier, "As whom somebody tried to come in.", .max = IDENTIFIER_BYTES),
    FIELD(audit_person, ip,         "From where.", .max = IP_BYTES),
    FIELD(audit_person, user_agent, "With what.", .max = AGENT_BYTES));

static void put_word(struct text *to, const char *word)
{
    for (size_t i = 0; word[i] && i < AUDIT_WORD_BYTES; i++)
        text_char(to, isalnum((unsigned char)word[i]) || strchr("_.:/@+-", word[i]) ? word[i] : '?');
}

/* The members that are there, in the order of the shape, which is that of the keys. */
static const char *details_text(struct ctx *cx, const struct audit_details *d)
{
    struct text to = text_new(cx->arena, 256, 2048);

    for (size_t i = 0; i < audit_details_shape.n; i++) {
        const struct field *f = &audit_details_shape.fields[i];
        const void *at = (const char *)d + f->offset;
        if (f->kind == TEXT ? !*(const char *const *)at : !*(const int64_t *)at)
            continue;
        text_fmt(&to, "%s\"%s\":", to.n ? "," : "{", f->name);
        if (f->kind == LONG) {
            text_long(&to, *(const int64_t *)at);
            continue;
        }
        text_char(&to, '"');
        put_word(&to, *(const char *const *)at);
        text_char(&to, '"');
    }
    text_put(&to, to.n ? "}" : "{}");
    return to.at;
}

/* NULL when nothing is told. Bytes that are no UTF-8 and controls become '?'. */
static const char *person_text(struct ctx *cx, const struct audit_person *from)
{
    struct audit_person told = { 0 };
    bool any = false;

    for (size_t i = 0; i < audit_person_shape.n; i++) {
        const struct field *f = &audit_person_shape.fields[i];
        const char *given = *(const char *const *)((const char *)from + f->offset);
        if (!given || !*given)
            continue;
        bool plain = text_is_utf8(given, strlen(given));
        char *cut = arena_text(cx->arena, given, plain ? text_utf8_cut(given, strnlen(given, (size_t)f->max)) : strnlen(given, (size_t)f->max));
        for (char *c = cut; *c; c++)
            if ((unsigned char)*c < ' ' || *c == 0x7f || (!plain && (unsigned char)*c > 0x7e))
                *c = '?';
        *(const char **)((char *)&told + f->offset) = cut;
        any = true;
    }
    return any ? json_write(cx, &audit_person_shape, &told) : NULL;
}

/* That of its id, to the millisecond, as the database writes it. */
static const char *time_of(struct ctx *cx, const char *id)
{
    char iso[CLOCK_ISO_BYTES];
    int64_t now = uuid_ms(id);

    clock_iso(now - now % 1000, iso);
    iso[strlen(iso) - 1] = '\0';
    return arena_fmt(cx->arena, "%s.%03d000Z", iso, (int)(now % 1000));
}

static void make_row(struct ctx *cx, const struct audit_entry *e, struct audit_row *row)
{
    struct audit_person person = cx->person ? *cx->person : (struct audit_person){ 0 };
    uint8_t salt[AUDIT_SALT_BYTES], hash[SHA256_BYTES];
    char hex[2 * AUDIT_SALT_BYTES + 1];

    const char *id = uuid_make(cx);

    person.identifier = e->identifier;
    *row = (struct audit_row){
        .id = id, .ts = time_of(cx, id), .user_id = e->actor ? e->actor : cx->user, .action = e->action, .resource_type = e->type,
        .resource_id = e->id, .outcome = e->outcome ? e->outcome : "success", .details = details_text(cx, &e->details), .key = cx->audit->current,
        .members = person_text(cx, &person),
    };
    if (row->members) {
        crypto_random(salt, sizeof(salt));
        text_hex(salt, sizeof(salt), hex);
        row->salt = arena_fmt(cx->arena, "%s", hex);
        audit_commit(cx, salt, row->members, hash);
        row->personal = audit_hex(cx, hash);
    }
    audit_seal(cx, audit_secret(cx->audit, row->key), row, hash);
    row->seal = audit_hex(cx, hash);
}

/* --- writing --- */

struct columns { const char *ids[GROUP_MOST], *times[GROUP_MOST], *actors[GROUP_MOST], *actions[GROUP_MOST], *types[GROUP_MOST],
                            *resources[GROUP_MOST], *outcomes[GROUP_MOST], *details[GROUP_MOST], *personal[GROUP_MOST], *keys[GROUP_MOST],
                            *seals[GROUP_MOST], *persons[GROUP_MOST]; };

static const char *salted(struct ctx *cx, const struct audit_row *row)
{
    struct text to = text_new(cx->arena, 256, 8192);

    if (!row->members)
        return NULL;
    text_fmt(&to, "[\"%s\",", row->salt);
    text_json(&to, row->members, strlen(row->members));
    text_char(&to, ']');
    return to.at;
}

static void put_row(struct ctx *cx, struct columns *c, size_t i, const struct audit_row *row)
{
    c->ids[i] = row->id, c->times[i] = row->ts, c->actors[i] = row->user_id, c->actions[i] = row->action;
    c->types[i] = row->resource_type, c->resources[i] = row->resource_id, c->outcomes[i] = row->outcome, c->details[i] = row->details;
    c->personal[i] = row->personal, c->keys[i] = arena_fmt(cx->arena, "%d", row->key), c->seals[i] = row->seal;
    c->persons[i] = salted(cx, row);
}

static struct arg *args_of(struct ctx *cx, const struct columns *c, size_t n)
{
    const char *const *const each[] = { c->ids, c->times, c->actors, c->actions, c->types, c->resources, c->outcomes, c->details, c->personal,
                                        c->keys, c->seals, c->persons };
    struct arg *args = NEWS(cx, struct arg, COUNT(each));

    for (size_t i = 0; i < COUNT(each); i++)
        args[i] = arg_text(pg_array(cx, each[i], n));
    return args;
}

struct adding { const struct audit_row *row; enum err_code code; };      /* code ERR_CODES: written */

static err_t put_all(struct ctx *cx, void *const *items, size_t n)
{
    struct columns *c = NEW(cx, struct columns);

    for (size_t i = 0; i < n; i++)
        put_row(cx, c, i, ((const struct adding *)items[i])->row);
    return pg_do(cx, SQL(audit_put), args_of(cx, c, n));
}

static void add_group(struct ctx *cx, void *const *items, size_t n)
{
    err_t e = put_all(cx, items, n);

    for (size_t i = 0; i < n; i++) {
        err_t own = e && n > 1 && e->code == E_BUG ? put_all(cx, &items[i], 1) : e;
        ((struct adding *)items[i])->code = own ? own->code : ERR_CODES;
    }
}

GROUP(addings, add_group);

/* In one commit with those that come at the same time; whoever leads them has no transaction open. */
static fallible add_apart(struct ctx *cx, const struct audit_row *row)
{
    struct adding a = { .row = row };
    struct ctx own = *cx;

    own.tx = NULL;
    group_join(&own, &addings, &a);
    return a.code == ERR_CODES ? OK : err_new(cx, a.code, __FILE__ ":" LINE(__LINE__), "an entry of the audit log could not be written");
}

err_t audit_add(struct ctx *cx, const struct audit_entry *e)
{
    struct columns *c = NEW(cx, struct columns);
    struct audit_row row;

    if (!cx->audit)
        return fail(cx, CONFIG_INVALID, "AUDIT_SECRET is not set: what is audited cannot be done here");
    make_row(cx, e, &row);
    metric_add(&added, row.outcome, 1);
    if (!cx->tx || e->outcome)
        return add_apart(cx, &row);
    put_row(cx, c, 0, &row);
    return pg_later(cx, SQL(audit_put), args_of(cx, c, 1), NULL, NULL, false);
}

/* --- what goes --- */

struct audit_erased { int64_t entries; };
SHAPE(audit_erased, "What was erased.", FIELD(audit_erased, entries, "Entries that told of a person."));

err_t audit_erase(struct ctx *cx, const char *actor)
{
    struct audit_erased gone = { 0 };
    bool own = !cx->tx, found;

    if (own)
        TRY(pg_begin(cx));
    TRY(pg_find(cx, SQL(audit_erase), ARGS(actor), &audit_erased_shape, &gone, &found));
    TRY(audit_add(cx, &(struct audit_entry){ .action = "audit.erased", .type = "user", .id = actor, .details = { .count = gone.entries } }));
    return own ? pg_commit(cx) : OK;
}

SHAPE(audit_month, "A month of entries.",
    FIELD(audit_month, month,    "Which, as YYYY_MM."),
    FIELD(audit_month, entries,  "Its entries."),
    FIELD(audit_month, unlinked, "Those without a link: it stays as long as there are any."),
    FIELD(audit_month, through,  "The last link of one."));

static fallible retire_month(struct ctx *cx, const struct audit_month *m)
{
    struct audit_entry e = { .action = "audit.retired", .type = "audit", .id = m->month, .details = { .count = m->entries, .through = m->through } };

    TRY(pg_begin(cx));
    TRY(pg_do(cx, SQL(audit_month_drop), ARGS(m->month)));
    TRY(audit_add(cx, &e));
    return pg_commit(cx);
}

err_t audit_retire(struct ctx *cx, const char *day, bool dry_run, struct audit_months *out)
{
    TRY(pg_list(cx, SQL(audit_months_ended), ARGS(day), &audit_month_shape, &out->months));
    for (size_t i = 0; i < out->months.n && !dry_run; i++) {
        err_t e = out->months.at[i].unlinked ? OK : retire_month(cx, &out->months.at[i]);
        if (e)
            return pg_undo(cx), e;
    }
    return OK;
}
