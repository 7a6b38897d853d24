#include "test.h"

#include "data/sse.h"

/* Writes each event as "type|id|data;" so that two readings can be compared as text. */
static err_t note(struct ctx *cx, void *with, const struct sse_event *e)
{
    struct text *t = with;

    (void)cx;
    CHECK_INT(strlen(e->data.at), e->data.n);
    text_fmt(t, "%s|%s|%s;", e->type, e->id, e->data.at);
    return OK;
}

/* The events of a stream given in two pieces, the first of `cut` bytes. */
static const char *read_cut(struct ctx *cx, const char *stream, size_t n, size_t cut)
{
    struct sse *s = sse_new(cx->arena, 4096);
    struct text got = text_new(cx->arena, 256, 65536);

    CHECK_OK(sse_feed(cx, s, stream, cut, note, &got));
    CHECK_OK(sse_feed(cx, s, stream + cut, n - cut, note, &got));
    return got.at;
}

static const char *read_by_bytes(struct ctx *cx, const char *stream, size_t n)
{
    struct sse *s = sse_new(cx->arena, 4096);
    struct text got = text_new(cx->arena, 256, 65536);

    for (size_t i = 0; i < n; i++)
        CHECK_OK(sse_feed(cx, s, stream + i, 1, note, &got));
    return got.at;
}

#define MIXED "\xEF\xBB\xBF: hello\n" "data: one\r\n\r\n"                                 \
              "event: add\rdata: two\rdata:  lines\rid: 7\r\r"                             \
              "data\n\n" ":\xF0\x9F\x98\x80\r\n" "data: h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\n\n" \
              "event: lost\n\n" "data:x\nunknown: 1\nretry: 10\ndata:\n\r\n" "id\ndata:no id\n\n" "data: cut off\n"
#define MIXED_READ "||one;add|7|two\n lines;|7|;|7|h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80;|7|x\n;||no id;"

TEST(a_stream_reads_the_same_however_it_is_cut)
{
    size_t n = sizeof(MIXED) - 1;

    CHECK_TEXT(read_cut(cx, MIXED, n, n), MIXED_READ);
    for (size_t cut = 0; cut < n; cut++)
        CHECK_TEXT(read_cut(cx, MIXED, n, cut), MIXED_READ);
    CHECK_TEXT(read_by_bytes(cx, MIXED, n), MIXED_READ);
}

TEST(an_event_comes_with_its_carriage_return_not_with_the_next_byte)
{
    CHECK_TEXT(read_cut(cx, "data:a\r\r", 8, 8), "||a;");
}

TEST(a_byte_order_mark_counts_only_at_the_start)
{
    CHECK_TEXT(read_cut(cx, "data:a\n\n\xEF\xBB\xBF" "data:b\n\n", 19, 4), "||a;");
    CHECK_TEXT(read_cut(cx, "\xEF\xBB\xBF\ndata:a\n\n", 12, 2), "||a;");
}

TEST(an_id_with_a_nul_is_ignored)
{
    CHECK_TEXT(read_cut(cx, "id:1\ndata:a\n\nid:\0002\ndata:b\n\n", 28, 3), "|1|a;|1|b;");
}

TEST(lines_and_events_are_bounded)
{
    struct sse *s = sse_new(cx->arena, 16);
    struct text got = text_new(cx->arena, 256, 65536);

    CHECK_OK(sse_feed(cx, s, "data:0123456789a\n\n", 18, note, &got));
    CHECK_TEXT(got.at, "||0123456789a;");
    CHECK_FAILS(sse_feed(cx, s, "data:0123456789abc\n\n", 20, note, &got), ENGINE_BROKEN);

    s = sse_new(cx->arena, 16);
    for (int i = 0; i < 16; i++)
        CHECK_OK(sse_feed(cx, s, "x", 1, note, &got));
    CHECK_FAILS(sse_feed(cx, s, "x", 1, note, &got), ENGINE_BROKEN);

    s = sse_new(cx->arena, 16);
    CHECK_OK(sse_feed(cx, s, "data:1234567\ndata:1234567\n", 26, note, &got));
    CHECK_FAILS(sse_feed(cx, s, "data:1\n", 7, note, &got), ENGINE_BROKEN);
}

static err_t count(struct ctx *cx, void *with, const struct sse_event *e)
{
    (void)cx;
    *(size_t *)with += e->data.n;
    return OK;
}

TEST(a_long_stream_needs_no_more_memory_than_its_longest_event)
{
    struct sse *s = sse_new(cx->arena, 4096);
    size_t before = arena_size(cx->arena), got = 0;

    for (int i = 0; i < 10000; i++) {
        CHECK_OK(sse_feed(cx, s, "data: some text of a to", 23, count, &got));
        CHECK_OK(sse_feed(cx, s, "ken\nid: 1\n\n", 11, count, &got));
    }
    CHECK_INT(got, 10000 * strlen("some text of a token"));
    CHECK_INT(arena_size(cx->arena), before);
}

static err_t refuse(struct ctx *cx, void *with, const struct sse_event *e)
{
    ++*(int *)with;
    return fail(cx, INPUT_INVALID, "%s", e->data.at);
}

TEST(an_error_of_the_listener_ends_the_feeding)
{
    struct sse *s = sse_new(cx->arena, 4096);
    int calls = 0;

    CHECK_FAILS(sse_feed(cx, s, "data:a\n\ndata:b\n\n", 16, refuse, &calls), INPUT_INVALID);
    CHECK_INT(calls, 1);
}
