/* protobuf-c does the wire; its structs stay inside this file, since its descriptor and our shape both
 * know every member by name and offset. */
#include "wire.h"

#include "data/json.h"

#include <protobuf-c/protobuf-c.h>
#include <string.h>

#define WIRE_MAX_BYTES (64u << 20)

static bool is_sent(const struct field *f) { return !f->hidden && !f->secret; }

static const ProtobufCFieldDescriptor *peer(const ProtobufCMessageDescriptor *d, const struct field *f)
{
    return protobuf_c_message_descriptor_get_field_by_name(d, f->name);
}

/* --- memory for protobuf-c: our arena, with a budget (two bytes can ask for a whole struct) and with
 * the size in front of each piece, which is how a NUL inside a text shows --- */

struct budget { struct arena *arena; size_t left; };
struct piece { _Alignas(max_align_t) size_t n; char bytes[]; };

static void *piece_get(void *with, size_t n)
{
    struct budget *b = with;

    if (n > b->left || b->left - n < sizeof(struct piece))
        return NULL;
    b->left -= n + sizeof(struct piece);
    struct piece *p = arena_get(b->arena, sizeof(*p) + n);
    p->n = n;
    return p->bytes;
}

static void piece_drop(void *with, void *bytes)
{
    (void)with;
    (void)bytes;
}

static size_t piece_size(const char *bytes)
{
    return ((const struct piece *)(const void *)(bytes - offsetof(struct piece, bytes)))->n;
}

/* --- in --- */

struct reader { struct ctx *cx; const char *flaw; const struct field *at; };

static bool flawed(struct reader *r, const struct field *f, const char *what)
{
    r->flaw = what;
    r->at = f;
    return false;
}

static bool text_in(struct reader *r, const struct field *f, const char *from, const char **to)
{
    *to = NULL;
    if (from == protobuf_c_empty_string)
        return true;            /* proto3 does not tell "" from absent */
    size_t len = strlen(from);
    if (len + 1 != piece_size(from))
        return flawed(r, f, "holds a NUL");
    if (!text_is_utf8(from, len))
        return flawed(r, f, "is not UTF-8");
    *to = len ? from : NULL;
    return true;
}

static bool raw_in(struct reader *r, const struct field *f, const char *from, struct raw *to)
{
    if (!text_in(r, f, from, &to->text))
        return false;
    if (to->text && json_check(r->cx, to->text, strlen(to->text)))
        return flawed(r, f, "is not JSON");
    return true;
}

static bool items_fit(struct reader *r, const struct field *f, size_t n)
{
    if (n > (f->max ? (size_t)f->max : LIST_MAX_ITEMS))
        return flawed(r, f, "has too many items");
    if (n < (size_t)f->min)
        return flawed(r, f, "has too few items");
    return true;
}

static bool texts_in(struct reader *r, const struct field *f, char **from, size_t n, struct texts *to)
{
    if (!items_fit(r, f, n))
        return false;
    *to = (struct texts){ NEWS(r->cx, const char *, n), n };
    for (size_t i = 0; i < n; i++) {
        if (!text_in(r, f, from[i], &to->at[i]))
            return false;
        to->at[i] = to->at[i] ? to->at[i] : "";
    }
    return true;
}

static bool message_in(struct reader *r, const ProtobufCMessageDescriptor *d, const void *m, const struct shape *s, void *out);

static bool list_in(struct reader *r, const struct field *f, const ProtobufCMessageDescriptor *d, void **from, size_t n, struct list *to)
{
    if (!items_fit(r, f, n))
        return false;
    *to = (struct list){ arena_gets(r->cx->arena, n, f->of->size), n };
    for (size_t i = 0; i < n; i++)
        if (!message_in(r, d, from[i], f->of, (char *)to->at + i * f->of->size))
            return false;
    return true;
}

/* Reads the member f of message m into `out`, unchecked but for what makes it unreadable. */
static bool member_in(struct reader *r, const ProtobufCFieldDescriptor *p, const void *m, const struct field *f, void *out)
{
    const void *from = (const char *)m + p->offset;
    size_t n = p->label == PROTOBUF_C_LABEL_REPEATED ? *(const size_t *)(const void *)((const char *)m + p->quantifier_offset) : 0;
    void *to = (char *)out + f->offset;

    switch (f->kind) {
    case TEXT:   return text_in(r, f, *(char *const *)from, to);
    case RAW:    return raw_in(r, f, *(char *const *)from, to);
    case INT:    return *(int *)to = *(const int32_t *)from, true;
    case LONG:   return *(int64_t *)to = *(const int64_t *)from, true;
    case WHEN:   return ((struct when *)to)->ms = *(const int64_t *)from, true;
    case REAL:   return *(double *)to = *(const double *)from, true;
    case BOOL:   return *(bool *)to = *(const protobuf_c_boolean *)from, true;
    case TEXTS:  return texts_in(r, f, *(char **const *)from, n, to);
    case LIST:   return list_in(r, f, p->descriptor, *(void **const *)from, n, to);
    case OBJECT:
        if (*(void *const *)from)
            return message_in(r, p->descriptor, *(void *const *)from, f->of, to);
        return !f->need || flawed(r, f, "is missing");
    }
    return flawed(r, f, "is of no kind");
}

static bool message_in(struct reader *r, const ProtobufCMessageDescriptor *d, const void *m, const struct shape *s, void *out)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        if (!is_sent(f))
            continue;
        if (!member_in(r, peer(d, f), m, f, out))
            return false;
        const char *flaw = field_flaw(r->cx, f, out);
        if (flaw)
            return flawed(r, f, flaw);
        if (f->need && f->kind == TEXT && !*(const char *const *)(const void *)((const char *)out + f->offset))
            return flawed(r, f, "is missing");
    }
    return true;
}

err_t wire_read(struct ctx *cx, const ProtobufCMessageDescriptor *d, struct bytes wire,
                const struct shape *s, void *out)
{
    struct budget budget = { cx->arena, wire.n * 16 + (64 << 10) };
    ProtobufCAllocator memory = { piece_get, piece_drop, &budget };
    struct reader r = { .cx = cx };

    if (wire.n > WIRE_MAX_BYTES)
        return fail(cx, INPUT_INVALID, "%zu bytes are more than a %s may have", wire.n, d->name);
    ProtobufCMessage *m = protobuf_c_message_unpack(d, &memory, wire.n, (const uint8_t *)wire.at);
    if (!m)
        return fail(cx, INPUT_INVALID, "%zu bytes are not a %s", wire.n, d->name);
    if (!message_in(&r, d, m, s, out))
        return fail(cx, INPUT_INVALID, "%s of a %s %s", r.at->name, d->name, r.flaw);
    return OK;
}

/* --- out --- */

static ProtobufCMessage *message_out(struct ctx *cx, const ProtobufCMessageDescriptor *d, const struct shape *s, const void *from);

static void **list_out(struct ctx *cx, const ProtobufCMessageDescriptor *d, const struct shape *of, const struct list *list)
{
    void **all = NEWS(cx, void *, list->n);

    for (size_t i = 0; i < list->n; i++)
        all[i] = message_out(cx, d, of, (const char *)list->at + i * of->size);
    return all;
}

static void member_out(struct ctx *cx, const ProtobufCFieldDescriptor *p, void *m, const struct field *f, const void *from)
{
    const void *at = (const char *)from + f->offset;
    void *to = (char *)m + p->offset, *count = (char *)m + p->quantifier_offset;

    switch (f->kind) {
    case TEXT:
    case RAW:
        if (*(const char *const *)at)       /* else it stays "", as init left it */
            *(const char **)to = *(const char *const *)at;
        break;
    case INT:    *(int32_t *)to = *(const int *)at; break;
    case LONG:   *(int64_t *)to = *(const int64_t *)at; break;
    case WHEN:   *(int64_t *)to = ((const struct when *)at)->ms; break;
    case REAL:   *(double *)to = *(const double *)at; break;
    case BOOL:   *(protobuf_c_boolean *)to = *(const bool *)at; break;
    case OBJECT: *(void **)to = message_out(cx, p->descriptor, f->of, at); break;
    case TEXTS:
        *(size_t *)count = ((const struct texts *)at)->n;
        *(const char ***)to = ((const struct texts *)at)->at;
        break;
    case LIST:
        *(size_t *)count = ((const struct list *)at)->n;
        *(void ***)to = list_out(cx, p->descriptor, f->of, at);
        break;
    }
}

static ProtobufCMessage *message_out(struct ctx *cx, const ProtobufCMessageDescriptor *d, const struct shape *s, const void *from)
{
    ProtobufCMessage *m = arena_get(cx->arena, d->sizeof_message);

    protobuf_c_message_init(d, m);
    for (size_t i = 0; i < s->n; i++)
        if (is_sent(&s->fields[i]))
            member_out(cx, peer(d, &s->fields[i]), m, &s->fields[i], from);
    return m;
}

struct bytes wire_write(struct ctx *cx, const ProtobufCMessageDescriptor *d, const struct shape *s, const void *from)
{
    ProtobufCMessage *m = message_out(cx, d, s, from);
    uint8_t *at = arena_get(cx->arena, protobuf_c_message_get_packed_size(m));

    return (struct bytes){ (const char *)at, protobuf_c_message_pack(m, at) };
}

/* --- are they the same? --- */

static bool kind_fits(const struct field *f, const ProtobufCFieldDescriptor *p)
{
    static const ProtobufCType types[] = {
        [TEXT] = PROTOBUF_C_TYPE_STRING, [RAW] = PROTOBUF_C_TYPE_STRING, [TEXTS] = PROTOBUF_C_TYPE_STRING,
        [INT] = PROTOBUF_C_TYPE_INT32, [LONG] = PROTOBUF_C_TYPE_INT64, [WHEN] = PROTOBUF_C_TYPE_INT64,
        [REAL] = PROTOBUF_C_TYPE_DOUBLE, [BOOL] = PROTOBUF_C_TYPE_BOOL,
        [OBJECT] = PROTOBUF_C_TYPE_MESSAGE, [LIST] = PROTOBUF_C_TYPE_MESSAGE,
    };
    bool many = f->kind == LIST || f->kind == TEXTS;

    return p->type == types[f->kind] && p->label == (many ? PROTOBUF_C_LABEL_REPEATED : PROTOBUF_C_LABEL_NONE);
}

err_t wire_check(struct ctx *cx, const ProtobufCMessageDescriptor *d, const struct shape *s)
{
    size_t sent = 0;

    for (size_t i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        const ProtobufCFieldDescriptor *p = peer(d, f);
        if (!is_sent(f))
            continue;
        sent++;
        if (!p || !kind_fits(f, p))
            return fail(cx, BUG, "%s.%s is not the same as in %s", s->name, f->name, d->name);
        if (f->of)
            TRY(wire_check(cx, p->descriptor, f->of));
    }
    if (d->n_fields != sent)
        return fail(cx, BUG, "%s has %u fields, %s sends %zu", d->name, d->n_fields, s->name, sent);
    return OK;
}
