/* Shapes: one table per struct, read by every border of the suite: JSON in and out, SQL rows,
 * configuration, OpenAPI, protobuf. The kind is inferred from the member's C type, so a row that
 * disagrees with its struct does not compile. */
#pragma once

#include "base/text.h"

/* Types that say more than their bits. */
struct when { int64_t ms; };            /* a time, ms since 1970 UTC; 0: none. JSON: RFC 3339; SQL: timestamptz */
struct raw  { const char *text; };      /* JSON kept as it is; NULL: none. SQL: jsonb */

struct list { void *at; size_t n; };    /* what every LIST_OF lays out as */
#define LIST_OF(T)  struct { T *at; size_t n; }
struct texts { const char **at; size_t n; };    /* a list of strings. SQL: text[] is not read */

/* Numbers that nobody could measure are written as null. */
#define REAL_NONE  __builtin_nan("")
#define LONG_NONE  INT64_MIN
#define LONG_MOST     INT64_C(9007199254740991)    /* the largest whole number that JSON carries exactly (RFC 7493 2.2) */
#define INT_NONE   INT32_MIN

enum kind { TEXT, INT, LONG, REAL, BOOL, WHEN, RAW, TEXTS, OBJECT, LIST };

/* A text with a form: checked on the way in, named in OpenAPI. `check` gives what is wrong, or NULL. */
struct format { const char *name; const char *(*check)(const char *text, size_t len); };
extern const struct format format_uuid, format_email, format_language, format_uri;

struct field {
    const char *name;               /* of the C member, the JSON key and the SQL column */
    const char *doc;
    size_t      offset;
    enum kind   kind;
    bool        need;               /* must be present */
    bool        secret;             /* never written to logs or JSON */
    bool        hidden;             /* read from SQL, not written to JSON */
    bool        nullable;           /* TEXT, WHEN: JSON says null when it is absent, and does not leave it out */
    int64_t     min, max;           /* TEXT: bytes; numbers: value; lists: items; 0,0: the default maxima */
    const char *const   *one_of;    /* TEXT: the allowed words, NULL-ended */
    const struct format *format;    /* TEXT */
    const char          *example;   /* for OpenAPI, JSON text */
    const struct shape  *of;        /* OBJECT, LIST */
};

#define TEXT_MAX_BYTES  65536       /* default maxima where a row names none */
#define LIST_MAX_ITEMS  10000

struct shape {
    const char *name, *doc;
    size_t      size;
    const struct field *fields;
    size_t      n;
    bool        lenient;            /* foreign JSON: unknown members are ignored */
};

#define KIND_OF(x) _Generic((x),                                                       \
    const char *: TEXT, int: INT, int64_t: LONG, double: REAL, bool: BOOL,             \
    struct when: WHEN, struct raw: RAW, struct texts: TEXTS)

#define MEMBER(T, m)  (((struct T *)0)->m)

#define FIELD(T, m, about, ...)                                                        \
    { .name = #m, .doc = about, .offset = offsetof(struct T, m),                       \
      .kind = KIND_OF(MEMBER(T, m)), ##__VA_ARGS__ }

/* For a JSON key or a column that is no C name, such as "timestamp_granularities[]". */
#define FIELD_AS(T, m, key, about, ...)                                                \
    { .name = key, .doc = about, .offset = offsetof(struct T, m),                      \
      .kind = KIND_OF(MEMBER(T, m)), ##__VA_ARGS__ }

#define SAME_TYPE(x, inner)  (0 * sizeof(char[__builtin_types_compatible_p(typeof(x), struct inner) ? 1 : -1]))

#define OBJECT(T, m, about, inner, ...)                                                \
    { .name = #m, .doc = about, .offset = offsetof(struct T, m), .kind = OBJECT,       \
      .of = &inner##_shape + SAME_TYPE(MEMBER(T, m), inner), ##__VA_ARGS__ }

#define LIST(T, m, about, inner, ...)                                                  \
    { .name = #m, .doc = about, .offset = offsetof(struct T, m), .kind = LIST,         \
      .of = &inner##_shape + SAME_TYPE(*MEMBER(T, m).at, inner), ##__VA_ARGS__ }

#define SHAPE_OF(T, lenient_, about, ...)                                              \
    static const struct field T##_fields[] = { __VA_ARGS__ };                          \
    const struct shape T##_shape = {                                                   \
        .name = #T, .doc = about, .size = sizeof(struct T),                            \
        .fields = T##_fields, .n = COUNT(T##_fields), .lenient = lenient_ };           \
    static const struct shape *const T##_shape_entry                                   \
        __attribute__((used, retain, section("shapes"))) = &T##_shape

/* SHAPE(T, "What it is.", rows...): ours, strict. FOREIGN: somebody else's JSON, lenient. */
#define SHAPE(T, about, ...)    SHAPE_OF(T, false, about, __VA_ARGS__)
#define FOREIGN(T, about, ...)  SHAPE_OF(T, true, about, __VA_ARGS__)

#define WORDS(...)  (const char *const[]){ __VA_ARGS__, NULL }

const struct field *shape_field(const struct shape *s, const char *name, size_t len);
const struct shape *shape_named(const char *name);          /* among those linked in; NULL */

/* Text of one scalar into its member; NULL, or what is wrong with it. */
const char *field_set(struct ctx *cx, const struct field *f, void *into, const char *text, size_t len);
/* The same without a copy: `text` is NUL-ended and lives as long as cx's arena. */
const char *field_keep(struct ctx *cx, const struct field *f, void *into, const char *text, size_t len);
/* The same without a look at the bounds: for what we wrote ourselves. */
const char *field_load(struct ctx *cx, const struct field *f, void *into, const char *text, size_t len);
/* What is wrong with the value a member holds; NULL: nothing. */
const char *field_flaw(struct ctx *cx, const struct field *f, const void *into);

struct none { char nothing; };
extern const struct shape none_shape;                       /* no members: no body, no answer */
