/* What needs no server: addresses, media types, progress, folding and search, segments and what corrections make of words. */
#include "test.h"

#include "transcription/address.h"
#include "transcription/edit.h"
#include "transcription/fold.h"
#include "transcription/media.h"
#include "transcription/search.h"
#include "transcription/transcription.h"

#include <math.h>

/* --- addresses --- */

TEST(videos_of_youtube_are_known_by_their_addresses)
{
    static const char *const good[] = {
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "http://youtube.com/watch?v=dQw4w9WgXcQ", "HTTPS://M.YouTube.com/watch?list=a&v=dQw4w9WgXcQ&t=1",
        "https://youtube.com/watch/?v=dQw4w9WgXcQ#t=1", "https://youtu.be/dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQ?si=x", "https://www.youtube.com/embed/dQw4w9WgXcQ",
        "https://youtube.com/shorts/dQw4w9WgXcQ/",
    };
    char id[VIDEO_ID_BYTES];

    for (size_t i = 0; i < COUNT(good); i++) {
        CHECK(address_is_youtube(good[i], id));
        CHECK_TEXT(id, "dQw4w9WgXcQ");
    }
}

TEST(what_only_looks_like_one_is_none)
{
    static const char *const bad[] = {
        "", "x", "youtube.com/watch?v=dQw4w9WgXcQ", "ftp://youtube.com/watch?v=dQw4w9WgXcQ", "https://youtube.com/watch?v=short", "https://youtube.com/watch?v=dQw4w9WgXcQx",
        "https://youtube.com/watch?xv=dQw4w9WgXcQ", "https://youtube.com/watch", "https://youtube.com/watch#?v=dQw4w9WgXcQ", "https://youtube.com/watch?#v=dQw4w9WgXcQ",
        "https://youtube.com.evil.org/watch?v=dQw4w9WgXcQ", "https://notyoutube.com/watch?v=dQw4w9WgXcQ", "https://evil.org/youtube.com/watch?v=dQw4w9WgXcQ",
        "https://youtube.com@evil.org/watch?v=dQw4w9WgXcQ", "https://youtube.com:8080/watch?v=dQw4w9WgXcQ", "https://youtu.be/", "https://youtu.be//dQw4w9WgXcQ",
        "https://youtube.com/embed/", "https://youtube.com/channel/dQw4w9WgXcQ", "https:///watch?v=dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQ x", "https://youtu.be/dQw4w9Wg\nXcQ",
        "https://youtube.com/watching?v=dQw4w9WgXcQ",
    };
    char id[VIDEO_ID_BYTES];

    for (size_t i = 0; i < COUNT(bad); i++)
        if (address_is_youtube(bad[i], id))
            SAY("%s is taken", bad[i]);
    CHECK(address_is_web("https://example.org/a.mp3") && !address_is_web("https://") && !address_is_web("https://@x") && !address_is_web("file:///etc/passwd"));
}

/* --- media --- */

TEST(a_type_counts_without_its_parameters_and_a_name_where_there_is_none)
{
    CHECK_OK(media_check(cx, "audio/webm;codecs=opus", "x"));
    CHECK_OK(media_check(cx, "Audio/MPEG", NULL));
    CHECK_OK(media_check(cx, NULL, "a.FLAC"));
    CHECK_OK(media_check(cx, "application/octet-stream", "a.b.m4a"));
    CHECK_FAILS(media_check(cx, "text/html", "a.mp3"), FILE_TYPE_REFUSED);
    CHECK_FAILS(media_check(cx, "audio", "a.mp3"), FILE_TYPE_REFUSED);
    CHECK_FAILS(media_check(cx, NULL, "mp3"), FILE_TYPE_REFUSED);
    CHECK_FAILS(media_check(cx, NULL, NULL), FILE_TYPE_REFUSED);
    CHECK_TEXT(media_name(cx, "C:\\a\\b.mp3"), "b.mp3");
    CHECK_TEXT(media_name(cx, "../../etc/x.mp3"), "x.mp3");
}

/* --- progress --- */

TEST(time_left_follows_the_speed_so_far_and_is_not_guessed)
{
    CHECK_INT(progress_eta_s(50, 10000), 10);
    CHECK_INT(progress_eta_s(25, 10000), 30);
    CHECK_INT(progress_eta_s(99, 99000), 1);
    CHECK_INT(progress_eta_s(100, 5000), 0);
    CHECK(progress_eta_s(0, 60000) == LONG_NONE && progress_eta_s(1, 60000) == LONG_NONE && progress_eta_s(50, 0) == LONG_NONE && progress_eta_s(50, -5) == LONG_NONE);
}

TEST(a_step_counts_for_its_share_of_the_whole)
{
    CHECK_INT(progress_percent("youtube", "audio", 0, 50), 15);
    CHECK_INT(progress_percent("youtube", "stt", 1, 0), 30);
    CHECK_INT(progress_percent("upload", "stt", 1, 50), 55);
    CHECK_INT(progress_percent("upload", "stt", 1, 100), 100);
    CHECK_INT(progress_percent("youtube", "stt", 0, 40), 40);
}

/* --- folding and search --- */

static const char *folded(struct ctx *cx, const char *text)
{
    struct folded f = fold(cx, text, strlen(text));

    CHECK_INT(f.from[f.n], strlen(text));
    return arena_text(cx->arena, f.at, f.n);
}

TEST(case_accents_ligatures_and_blanks_are_folded)
{
    CHECK_TEXT(folded(cx, "ÉCOLE"), "ecole");
    CHECK_TEXT(folded(cx, "e\xcc\x81" "cole"), "ecole");
    CHECK_TEXT(folded(cx, "Œuvre æ Straße"), "oeuvre ae strasse");
    CHECK_TEXT(folded(cx, "l’été\xc2\xa0\t\n là"), "l'ete la");
    CHECK_TEXT(folded(cx, "Łódź Žižek"), "lodz zizek");
    CHECK_TEXT(folded(cx, "МОСКВА Ёж"), "москва ёж");
    CHECK_TEXT(folded(cx, "ΑΒΓ 東京"), "αβγ 東京");
    CHECK_TEXT(folded(cx, "a\xff\xc3"), "a\xff\xc3");
    CHECK_TEXT(folded(cx, ""), "");
}

static struct transcript_view spoken(struct ctx *cx, bool with_words)
{
    static struct segment segments[] = { { "L'École ouvre", 0, 2, "A" }, { "à neuf heures.", 2, 5, "B" } };
    static struct word words[] = { { "L'École", 0, 1, 0.9, "A" }, { "ouvre", 1, 2, 0.8, "A" }, { "à", 2, 2.5, 0.7, "B" }, { "neuf", 2.5, 3, 0.6, "B" }, { "heures.", 3, 5, 0.5, "B" } };
    struct transcript_view t = { .id = "x", .duration_seconds = 5 };

    t.segments.at = NEWS(cx, struct segment, 2), t.segments.n = 2;
    memcpy(t.segments.at, segments, sizeof(segments));
    if (with_words)
        t.words.at = words, t.words.n = COUNT(words);
    return t;
}

TEST(what_is_said_is_found_with_its_time_also_across_segments)
{
    struct transcript_view t = spoken(cx, true);
    struct search_found found = { 0 };

    search_transcript(cx, &t, " OUVRE  A ", 10, &found);
    CHECK_INT(found.total, 1);
    CHECK(found.matches.n == 1 && found.matches.at[0].start == 1 && found.matches.at[0].end == 2.5 && !found.matches.at[0].segment);
    CHECK_TEXT(found.matches.at[0].match, "ouvre à");
    CHECK_TEXT(found.matches.at[0].before, "L'École ");
    CHECK_TEXT(found.matches.at[0].after, " neuf heures.");
    CHECK_TEXT(found.matches.at[0].speaker, "A");
}

TEST(a_match_ends_behind_its_last_letter)
{
    struct transcript_view t = spoken(cx, false);
    struct search_found found = { 0 };

    t.segments.at[0].text = "cœur et cote\xcc\x81";
    search_transcript(cx, &t, "co", 1, &found);
    CHECK_INT(found.total, 2);
    CHECK_INT(found.matches.n, 1);
    CHECK_TEXT(found.matches.at[0].match, "cœ");
    found = (struct search_found){ 0 };
    search_transcript(cx, &t, "cote", 9, &found);
    CHECK_TEXT(found.matches.at[0].match, "cote\xcc\x81");
    CHECK(found.matches.at[0].start == 0 && found.matches.at[0].end == 2);        /* of the segment: its words have no times */
    found = (struct search_found){ 0 };
    search_transcript(cx, &t, "  ", 9, &found);
    CHECK_INT(found.total, 0);
}

/* --- segments --- */

TEST(words_become_segments_at_sentences_pauses_and_speakers)
{
    struct word words[] = { { "Bonjour.", 0, 1, 1, NULL }, { "Il", 1.1, 1.2, 1, NULL }, { "va", 1.3, 1.5, 1, NULL }, { "bien", 2.5, 3, 1, NULL }, { "Oui", 3.1, 3.2, 1, "B" } };
    struct transcript_view t = { .text = "x", .words = { words, COUNT(words) } };

    transcript_divide(cx, &t);
    CHECK_INT(t.segments.n, 4);
    CHECK_TEXT(t.segments.at[0].text, "Bonjour.");
    CHECK_TEXT(t.segments.at[1].text, "Il va");
    CHECK_TEXT(t.segments.at[2].text, "bien");
    CHECK(t.segments.at[1].start == 1.1 && t.segments.at[1].end == 1.5 && text_is(t.segments.at[3].speaker, "B"));
}

TEST(a_text_without_words_is_one_segment_and_nothing_is_none)
{
    struct transcript_view t = { .text = "Tout.", .duration_seconds = 7 }, none = { .duration_seconds = INT_NONE };

    transcript_divide(cx, &t);
    CHECK(t.segments.n == 1 && t.segments.at[0].end == 7);
    transcript_divide(cx, &none);
    CHECK_INT(none.segments.n, 0);
}

/* --- corrections --- */

TEST(words_that_a_correction_keeps_keep_their_times)
{
    struct transcript_view t = spoken(cx, true);
    struct transcript_edit edit = { .segment = 1, .text = "à dix heures.", .speaker = "Éa" };

    edits_apply(cx, &t, &edit, 1);
    CHECK_INT(t.words.n, 5);
    CHECK_TEXT(t.words.at[3].word, "dix");
    CHECK(t.words.at[3].start == 2.5 && t.words.at[3].end == 3 && isnan(t.words.at[3].confidence));
    CHECK(t.words.at[2].confidence == 0.7 && t.words.at[4].confidence == 0.5 && t.words.at[4].end == 5);
    CHECK_TEXT(t.words.at[4].speaker, "Éa");
    CHECK_TEXT(t.words.at[1].speaker, "A");
    CHECK_TEXT(edit_text(cx, &t), "L'École ouvre à dix heures.");
}

TEST(new_words_share_the_time_of_what_they_replace)
{
    struct transcript_view t = spoken(cx, true);
    struct transcript_edit edits[] = { { .segment = 0, .text = "" }, { .segment = 1, .text = "à ab cdef heures." } };

    edits_apply(cx, &t, edits, 2);
    CHECK_INT(t.words.n, 4);
    CHECK_TEXT(t.words.at[0].word, "à");
    CHECK(t.words.at[1].start == 2.5 && t.words.at[1].end > 2.66 && t.words.at[1].end < 2.67 && t.words.at[2].start == t.words.at[1].end && t.words.at[2].end == 3);
    CHECK_TEXT(edit_text(cx, &t), "à ab cdef heures.");
    for (size_t i = 1; i < t.words.n; i++)
        CHECK(t.words.at[i].start >= t.words.at[i - 1].end);
}
