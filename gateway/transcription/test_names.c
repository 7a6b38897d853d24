/* Names of exported files, and what stands above the text: whatever titles and engines say. */
#include "test.h"

#include "transcription/export.h"
#include "transcription/export_write.h"

TEST(a_title_becomes_the_name_of_a_file_anywhere)
{
    static const struct { const char *title, *name; } cases[] = {
        { "Réunion: 1/2", "Réunion- 1-2.txt" },     { "a\tb\nc\x7f", "a-b-c.txt" },           { " ..-x.- ", "x.txt" },
        { "", "transcription.txt" },                { "...", "transcription.txt" },           { "\xe2\x80\xae" "gpj.exe", "gpj.exe.txt" },
        { "a\xe2\x81\xa6" "b\xe2\x81\xaf", "ab.txt" }, { "l\xe2\x80\x99\xc3\xa9t\xc3\xa9", "l\xe2\x80\x99\xc3\xa9t\xc3\xa9.txt" }, { "a\xe2\x80\x8b\xe2\x80\xa8", "a.txt" },
        { "\xe2\x81\x9f", "\xe2\x81\x9f.txt" },     { "CON<>|?*", "CON.txt" },
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        CHECK_TEXT(export_filename(cx, arena_text(cx->arena, cases[i].title, strlen(cases[i].title)), "txt"), cases[i].name);
    char *many = arena_get(cx->arena, 401);
    for (size_t i = 0; i < 400; i += 2)
        memcpy(many + i, "é", 2);
    CHECK_INT(strlen(export_filename(cx, many, "docx")), 120 + 5);
    memcpy(many, "x", 1), memmove(many + 1, many + 2, 398), many[399] = '\0';
    CHECK_INT(strlen(export_filename(cx, many, "docx")), 119 + 5);      /* no half of a letter */
}

TEST(a_name_is_told_to_old_and_new_programs)
{
    CHECK_TEXT(export_disposition(cx, "Œuvre d\xe2\x80\x99été 50%.txt"), "attachment; filename=\"_uvre d'ete 50_.txt\"; filename*=UTF-8''%C5%92uvre%20d%E2%80%99%C3%A9t%C3%A9%2050%25.txt");
    CHECK_TEXT(export_disposition(cx, "語.srt"), "attachment; filename=\"_.srt\"; filename*=UTF-8''%E8%AA%9E.srt");
}

static const char *facts(struct ctx *cx, int seconds, const char *language, bool english)
{
    struct transcript_view t = { .id = "x", .title = "T", .text = "Oui.", .language = language, .duration_seconds = seconds, .confidence = REAL_NONE };
    struct bytes md = export_md(cx, &t, &(struct export_look){ .english = english });

    return arena_text(cx->arena, md.at, md.n);
}

TEST(durations_and_languages_are_told_as_people_say_them)
{
    CHECK_HAS(facts(cx, 59, "fr", false), "59 s");
    CHECK_HAS(facts(cx, 65, "fr-GA", false), "1 min 05 s");
    CHECK_HAS(facts(cx, 3725, "fr-GA", false), "1 h 02 min");
    CHECK_HAS(facts(cx, 5, "fr-GA", false), "français");
    CHECK_HAS(facts(cx, 5, "en", true), "English");
    CHECK_HAS(facts(cx, 5, "tlh", true), "tlh");                /* no name of ours: the tag itself */
}

TEST(a_sentence_ends_behind_its_quotation_marks)
{
    struct word words[] = { { "«Oui.»", 0, 1, 1, NULL }, { "Il", 1, 1.2, 1, NULL }, { "dit", 1.2, 1.5, 1, NULL }, { "(bien…)", 1.5, 2, 1, NULL }, { "dû", 2, 2.5, 1, NULL }, { "\"", 2.5, 2.6, 1, NULL } };
    struct transcript_view t = { .text = "x", .words = { words, COUNT(words) } };

    transcript_divide(cx, &t);
    CHECK_INT(t.segments.n, 3);
    CHECK_TEXT(t.segments.at[0].text, "«Oui.»");
    CHECK_TEXT(t.segments.at[1].text, "Il dit (bien…)");
    CHECK_TEXT(t.segments.at[2].text, "dû \"");
}
