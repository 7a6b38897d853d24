#define _GNU_SOURCE
#include "test.h"

#include "data/wire.h"
#include "proto/audio.h"
#include "proto/audio.pb-c.h"
#include "proto/document.h"
#include "proto/document.pb-c.h"
#include "proto/llm.h"
#include "proto/llm.pb-c.h"
#include "proto/notify.h"
#include "proto/notify.pb-c.h"
#include "proto/stt.h"
#include "proto/stt.pb-c.h"
#include "proto/ticket.h"
#include "proto/ticket.pb-c.h"
#include "proto/tts.h"
#include "proto/tts.pb-c.h"

#include <math.h>

static const struct { const ProtobufCMessageDescriptor *message; const struct shape *shape; } pairs[] = {
    { &palabre__ticket__descriptor,          &ticket_message_shape },
    { &palabre__audio_extract__descriptor,   &audio_extract_shape },
    { &palabre__audio_convert__descriptor,   &audio_convert_shape },
    { &palabre__audio_made__descriptor,      &audio_made_shape },
    { &palabre__audio_fetch__descriptor,     &audio_fetch_shape },
    { &palabre__audio_fetched__descriptor,   &audio_fetched_shape },
    { &palabre__audio_look__descriptor,      &audio_look_shape },
    { &palabre__audio_looked__descriptor,    &audio_looked_shape },
    { &palabre__audio_captions__descriptor,  &audio_captions_shape },
    { &palabre__audio_captioned__descriptor, &audio_captioned_shape },
    { &palabre__audio_playlist__descriptor,  &audio_playlist_shape },
    { &palabre__audio_listed__descriptor,    &audio_listed_shape },
    { &palabre__audio_capture__descriptor,   &audio_capture_shape },
    { &palabre__audio_captured__descriptor,  &audio_captured_shape },
    { &palabre__audio_frames__descriptor,    &audio_frames_shape },
    { &palabre__audio_framed__descriptor,    &audio_framed_shape },
    { &palabre__llm_sees__descriptor,        &llm_sees_shape },
    { &palabre__llm_sight__descriptor,       &llm_sight_shape },
    { &palabre__llm_see__descriptor,         &llm_see_shape },
    { &palabre__llm_seen__descriptor,        &llm_seen_shape },
    { &palabre__stt_transcribe__descriptor,  &stt_transcribe_shape },
    { &palabre__transcript__descriptor,      &transcript_shape },
    { &palabre__llm_answer__descriptor,      &llm_answer_shape },
    { &palabre__answer__descriptor,          &answer_shape },
    { &palabre__llm_process__descriptor,     &llm_process_shape },
    { &palabre__llm_chapters__descriptor,    &llm_chapters_shape },
    { &palabre__chapters__descriptor,        &chapters_shape },
    { &palabre__llm_keywords__descriptor,    &llm_keywords_shape },
    { &palabre__keywords__descriptor,        &keywords_shape },
    { &palabre__tts_speak__descriptor,       &tts_speak_shape },
    { &palabre__speech__descriptor,          &speech_shape },
    { &palabre__document_report__descriptor, &document_report_shape },
    { &palabre__document_transcript__descriptor, &document_transcript_shape },
    { &palabre__document_material__descriptor, &document_material_shape },
    { &palabre__document_made__descriptor,   &document_made_shape },
    { &palabre__notify_webhook__descriptor,  &notify_webhook_shape },
    { &palabre__notified__descriptor,        &notified_shape },
    { &palabre__notify_mail__descriptor,     &notify_mail_shape },
    { &palabre__mailed__descriptor,          &mailed_shape },
};

TEST(every_message_has_the_members_of_its_shape)
{
    for (size_t i = 0; i < COUNT(pairs); i++)
        CHECK_OK(wire_check(cx, pairs[i].message, pairs[i].shape));
}

TEST(a_message_that_differs_from_its_shape_is_noticed)
{
    CHECK_FAILS(wire_check(cx, &palabre__word__descriptor, &segment_shape), BUG);
    CHECK_FAILS(wire_check(cx, &palabre__answer__descriptor, &speech_shape), BUG);
    CHECK_FAILS(wire_check(cx, &palabre__fact__descriptor, &none_shape), BUG);
}

TEST(a_ticket_crosses_the_wire)
{
    struct ticket_message t = { "0192e4b0-7c1a-7def-8123-456789abcdef", "stt.transcribe", "live", "0af7651916cd43dd8448eb211c80319c" }, back = { 0 };
    struct bytes wire = ticket_write(cx, &t);

    CHECK_INT(wire.n, 38 + 16 + 6 + 34);
    CHECK(!memcmp(wire.at, "\x0a\x24" "0192e4b0", 10));
    NEED_OK(ticket_read(cx, wire, &back));
    CHECK_TEXT(back.id, t.id);
    CHECK_TEXT(back.kind, t.kind);
    CHECK_TEXT(back.lane, t.lane);
    CHECK_TEXT(back.trace, t.trace);
}

TEST(a_transcript_crosses_the_wire_with_what_is_unknown)
{
    struct word words[] = { { "œuvre", 0, 0.5, 0.25, "A" }, { "«maïs»", 0.5, 1.25, REAL_NONE, NULL } };
    struct segment segments[] = { { "œuvre «maïs»", 0, 1.25, "A" } };
    struct transcript t = { .text = "œuvre «maïs»", .engine = "x", .duration_s = 1.25, .confidence = REAL_NONE, .cost_micro = LONG_NONE,
                            .words = { words, 2 }, .segments = { segments, 1 } }, back = { 0 };

    struct bytes wire = wire_write(cx, &palabre__transcript__descriptor, &transcript_shape, &t);
    NEED_OK(wire_read(cx, &palabre__transcript__descriptor, wire, &transcript_shape, &back));
    CHECK_TEXT(back.text, t.text);
    CHECK(!back.language && !back.model);
    CHECK(back.duration_s == 1.25 && isnan(back.confidence));
    CHECK(back.cost_micro == LONG_NONE);
    CHECK_INT(back.words.n, 2);
    CHECK_TEXT(back.words.at[0].speaker, "A");
    CHECK(!back.words.at[1].speaker && !back.mock);
    CHECK_TEXT(back.words.at[1].word, "«maïs»");
    CHECK(back.words.at[1].end == 1.25 && isnan(back.words.at[1].confidence) && back.words.at[0].confidence == 0.25);
    CHECK_INT(back.segments.n, 1);
    CHECK_TEXT(back.segments.at[0].text, "œuvre «maïs»");
}

/* Every kind of member, on a message made for it: fields of the messages above that fit. */
struct mixed { const char *text, *password; struct raw json; int whole; struct when at; };
extern const struct shape mixed_shape;
SHAPE(mixed, "A speech request seen otherwise.",
    FIELD_AS(mixed, text,   "text", "", .max = 10),
    FIELD_AS(mixed, json,   "voice", ""),
    FIELD(mixed, password,  "", .secret = true));

TEST(secrets_do_not_cross_and_json_is_checked)
{
    struct mixed m = { .text = "t", .password = "p", .json.text = "{\"a\":[1]}" }, back = { 0 };

    struct bytes wire = wire_write(cx, &palabre__tts_speak__descriptor, &mixed_shape, &m);
    CHECK(!memmem(wire.at, wire.n, "p", 1));
    NEED_OK(wire_read(cx, &palabre__tts_speak__descriptor, wire, &mixed_shape, &back));
    CHECK_TEXT(back.json.text, "{\"a\":[1]}");
    CHECK(!back.password);
    m.json.text = "{\"a\":[1}";
    wire = wire_write(cx, &palabre__tts_speak__descriptor, &mixed_shape, &m);
    CHECK_FAILS(wire_read(cx, &palabre__tts_speak__descriptor, wire, &mixed_shape, &back), INPUT_INVALID);
}

static void refused(struct ctx *cx, const char *wire, size_t n, const char *why)
{
    struct ticket_message t = { 0 };
    err_t e = ticket_read(cx, (struct bytes){ wire, n }, &t);

    if (!e || e->code != E_INPUT_INVALID || !strstr(e->text, why))
        SAY("%s: %s, not %s", e ? err_name(e->code) : "OK", e ? e->text : "", why);
}
#define REFUSED(wire, why)  refused(cx, wire, sizeof(wire) - 1, why)
#define ID                  "\x0a\x24" "0192e4b0-7c1a-7def-8123-456789abcdef"

TEST(what_breaks_the_shape_is_refused)
{
    struct ticket_message t = { 0 };

    NEED_OK(ticket_read(cx, (struct bytes){ ID "\x12\x05" "a.b.c" "\x1a\x04" "live", 51 }, &t));
    CHECK_TEXT(t.kind, "a.b.c");
    REFUSED("", "is missing");
    REFUSED("\x0a\x03" "abc" "\x12\x05" "a.b.c" "\x1a\x04" "live", "UUID");
    REFUSED(ID "\x12\x05" "a\0b.c" "\x1a\x04" "live", "NUL");
    REFUSED(ID "\x12\x05" "\0\0\0\0\0" "\x1a\x04" "live", "NUL");
    REFUSED(ID "\x12\x05" "a.b\xc3\xc3" "\x1a\x04" "live", "UTF-8");
    REFUSED(ID "\x12\x05" "a.b.c" "\x1a\x15" "a-lane-with-long-name", "longer");
    REFUSED(ID "\x12\x05" "a.b.c" "\x1a\x04" "live" "\x22\x3e" "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-and-so", "longer");
}

TEST(what_is_not_protobuf_is_refused)
{
    REFUSED("\x0a", "are not a");
    REFUSED("\x0a\x24" "0192", "are not a");
    REFUSED("\x0a\xff\xff\xff\xff\x0f" "0192", "are not a");
    REFUSED("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "are not a");
    REFUSED("\x08\x01", "are not a");
    REFUSED("{\"id\":\"0192\"}", "are not a");
}

/* --- two versions side by side --- */

static struct ticket_message read_ticket(struct ctx *cx, const char *wire, size_t n)
{
    struct ticket_message t = { 0 };

    CHECK_OK(ticket_read(cx, (struct bytes){ wire, n }, &t));
    CHECK_TEXT(t.id, "0192e4b0-7c1a-7def-8123-456789abcdef");
    return t;
}
#define READ(wire)  read_ticket(cx, wire, sizeof(wire) - 1)

TEST(unknown_members_of_later_versions_are_passed_over)
{
    struct ticket_message t = READ(ID "\x12\x05" "a.b.c" "\x1a\x04" "live" "\xfa\x01\x03" "new" "\xf8\x02\x07");

    CHECK_TEXT(t.lane, "live");
    t = READ("\x2a\x03" "new" "\x30\x07" "\x3d" "abcd" "\x41" "abcdefgh" ID "\x12\x05" "a.b.c");     /* of every wire type, and first */
    CHECK_TEXT(t.kind, "a.b.c");
    t = READ(ID "\x12\x01" "x" "\x12\x05" "a.b.c");                  /* repeated by a later version: the last one counts */
    CHECK_TEXT(t.kind, "a.b.c");
}

TEST(a_ticket_needs_its_id_alone)
{
    struct ticket_message t = READ(ID);

    CHECK(!t.kind && !t.lane && !t.trace);
    t = READ(ID "\x1a\x04" "live");
    CHECK(!t.kind && !t.trace);
}

TEST(kinds_and_lanes_of_later_versions_are_read)
{
    struct ticket_message t = READ(ID "\x12\x08" "tts.sing" "\x1a\x07" "express");

    CHECK_TEXT(t.kind, "tts.sing");
    CHECK_TEXT(t.lane, "express");
}

/* Written by the release before, byte for byte. What is changed here breaks a rolling update from it. */
TEST(a_ticket_is_what_version_0_1_wrote)
{
    static const char old[] = ID "\x12\x0e" "stt.transcribe" "\x1a\x04" "live"
                              "\x22\x37" "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    struct ticket_message t = READ(old);
    struct bytes now = ticket_write(cx, &t);

    CHECK_TEXT(t.trace, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    CHECK(now.n == sizeof(old) - 1 && !memcmp(now.at, old, now.n));
}

TEST(a_message_of_empty_items_does_not_grow_without_bound)
{
    enum { ITEMS = 1 << 20 };
    char *wire = arena_get(cx->arena, 2 * ITEMS);
    struct transcript t = { 0 };

    for (size_t i = 0; i < ITEMS; i++)
        wire[2 * i] = 8 << 3 | 2;           /* words: an empty word each */
    CHECK_FAILS(wire_read(cx, &palabre__transcript__descriptor, (struct bytes){ wire, 2 * ITEMS }, &transcript_shape, &t), INPUT_INVALID);
    CHECK(arena_size(cx->arena) < 64u * ITEMS);
}
