/* Exports of transcriptions: what holds for any words, what known ones become, and what other programs read in it. */
#include "test.h"

#include "transcription/export_write.h"
#include "data/json.h"
#include "net/blob.h"
#include "net/child.h"
#include "transcription/shapes_export.h"

#include <fcntl.h>
#include <math.h>
#include <unistd.h>

/* --- transcripts --- */

static struct word said(const char *word, double start, double end, const char *speaker)
{
    return (struct word){ .word = word, .start = start, .end = end, .confidence = 0.9, .speaker = speaker };
}

/* Words of a text that are said one after the other, 0.3 s each, with half a second of silence behind each sentence. */
static struct transcript_view spoken(struct ctx *cx, const char *text, const char *speaker, double at)
{
    struct transcript_view t = { .id = "0192f3a0-0000-7000-8000-000000000001", .text = text, .language = "fr", .confidence = REAL_NONE };

    t.words.at = NEWS(cx, struct word, strlen(text) + 1);
    for (const char *word = text; *word; at += 0.3) {
        size_t n = strcspn(word, " ");
        t.words.at[t.words.n++] = said(arena_text(cx->arena, word, n), at, at + 0.3, speaker);
        at += strchr(".?!", word[n - 1]) ? 0.5 : 0;
        word += n + strspn(word + n, " ");
    }
    return t;
}

static struct transcript_view dialogue(struct ctx *cx)
{
    static const struct { const char *speaker, *text; double at; } parts[] = {
        { "A", "Bonjour Madame, comment allez-vous depuis votre sortie de l'hôpital ? Avez-vous encore des douleurs, surtout la nuit ?", 0.5 },
        { "B", "Ça va mieux, merci. J'ai encore un peu mal au genou <gauche> & je dors assez mal, mais je marche tous les jours.", 7.5 },
        { "A", "Très bien.", 16.0 },
    };
    struct transcript_view t = { .id = "0192f3a0-0000-7000-8000-000000000001", .title = "Suivi *J+3* : Mme Ba", .video_url = "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
                                 .language = "fr", .engine = "assemblyai", .confidence = 0.934, .duration_seconds = 17, .revision = 2,
                                 .created_at = { 1763067600000 }, .completed_at = { 1763067780000 } };
    struct text all = text_new(cx->arena, 256, 4096);

    t.words.at = NEWS(cx, struct word, 100);
    for (size_t i = 0; i < COUNT(parts); i++) {
        struct transcript_view part = spoken(cx, parts[i].text, parts[i].speaker, parts[i].at);
        memcpy(t.words.at + t.words.n, part.words.at, part.words.n * sizeof(struct word));
        t.words.n += part.words.n;
        text_fmt(&all, "%s%s", i ? " " : "", parts[i].text);
    }
    t.text = all.at;
    return t;
}

static const struct export_look all_of_it = { .timestamps = true, .speakers = true };

static const char *text_of(struct ctx *cx, struct bytes b) { return arena_text(cx->arena, b.at, b.n); }

/* --- what holds for any words --- */

static uint32_t seed;
static uint32_t any(uint32_t below) { seed = seed * 1664525u + 1013904223u; return (seed >> 8) % below; }

static const char *any_word(struct ctx *cx)
{
    static const char *const ends[] = { "", "", "", "", "", "", "", ",", ".", "?", " !", "…" };
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    struct text t = text_new(cx->arena, 64, 256);

    for (uint32_t i = any(9) + 1; i--;)
        any(12) ? text_char(&t, letters[any(26)]) : text_put(&t, any(2) ? "é" : "語");
    if (!any(200))
        for (int i = 0; i < 60; i++)
            text_char(&t, 'w');
    text_put(&t, ends[any(COUNT(ends))]);
    return t.at;
}

static struct transcript_view any_transcript(struct ctx *cx)
{
    static const char *const names[] = { "A", "B", "Jean-Baptiste Mokoko Obiang Ndong" };
    struct transcript_view t = { .text = "", .words = { NEWS(cx, struct word, 400), any(400) } };
    double at = 0;
    const char *speaker = NULL;

    for (size_t i = 0; i < t.words.n; i++) {
        double length = any(20) ? any(500) / 1000.0 : any(12000) / 1000.0;
        speaker = any(15) ? speaker : names[any(COUNT(names))];
        t.words.at[i] = said(any_word(cx), at, at + length, speaker);
        at += any(30) ? length * any(3) / 2 + any(100) / 1000.0 : -any(2000) / 1000.0;
        at += any(10) ? 0 : any(3000) / 1000.0;
        if (!any(300))
            t.words.at[i].end = REAL_NONE;
    }
    return t;
}

/* The first line leaves room for the name, as far as NAME_MOST; a word longer than a line has one of its own. */
static void lines_hold(const struct caption *c, bool names)
{
    int name = names && c->speaker ? text_width(c->speaker, strlen(c->speaker)) + 2 : 0;
    int first = LINE_MOST - (name < NAME_MOST + 2 ? name : NAME_MOST + 2);

    CHECK(c->lines.n == 1 || c->lines.n == 2);
    for (size_t k = 0; k < c->lines.n; k++) {
        int width = text_width(c->lines.at[k], strlen(c->lines.at[k]));
        bool long_word = c->lines.n == 1 && strcspn(c->lines.at[k], " ") > 20;
        if (width > (k ? LINE_MOST : first) && !long_word)
            SAY("%d characters: %s", width, c->lines.at[k]);
    }
}

static void times_hold(const struct captions *all, const struct speech *s)
{
    size_t at = 0;

    for (size_t i = 0; i < all->captions.n; i++) {
        const struct caption *c = &all->captions.at[i], *next = i + 1 < all->captions.n ? c + 1 : NULL;
        CHECK(c->from_ms < c->to_ms && (!next || c->to_ms <= next->from_ms));
        CHECK(c->to_ms - c->from_ms <= SHOWN_MOST);
        if (c->to_ms - c->from_ms < SHOWN_LEAST && next && c->to_ms < next->from_ms)
            SAY("caption %zu is short though there is room", i);
        at += c->lines.n;
    }
    CHECK(s->spoken.n == 0 || at > 0);
}

static const char *joined(struct ctx *cx, const struct captions *all)
{
    struct text t = text_new(cx->arena, 1024, 1 << 20);

    for (size_t i = 0; i < all->captions.n; i++)
        for (size_t k = 0; k < all->captions.at[i].lines.n; k++)
            text_fmt(&t, "%s ", all->captions.at[i].lines.at[k]);
    return t.n ? t.at : "";
}

static const char *without_spaces(struct ctx *cx, const char *text)
{
    struct text t = text_new(cx->arena, 1024, 1 << 20);

    for (; *text; text++)
        if (*text != ' ')
            text_char(&t, *text);
    return t.n ? t.at : "";
}

TEST_WITHIN(captions_of_any_words_hold, 120)
{
    for (seed = 1; seed < 2000; seed += 7) {
        uint32_t begun = seed;
        struct transcript_view t = any_transcript(cx);
        struct speech s = speech_of(cx, &t);
        struct captions all = captions_cut(cx, &s, true);
        struct text words = text_new(cx->arena, 1024, 1 << 20);
        for (size_t i = 0; i < t.words.n; i++)
            text_fmt(&words, "%s ", t.words.at[i].word);
        times_hold(&all, &s);
        for (size_t i = 0; i < all.captions.n; i++)
            lines_hold(&all.captions.at[i], s.speakers > 1);
        CHECK_TEXT(without_spaces(cx, joined(cx, &all)), without_spaces(cx, words.n ? words.at : ""));
        struct turns turns = turns_cut(cx, &s);
        words.n = 0;
        for (size_t i = 0; i < turns.turns.n; i++)
            text_fmt(&words, "%s ", turns.turns.at[i].text);
        CHECK_TEXT(without_spaces(cx, turns.turns.n ? words.at : ""), without_spaces(cx, joined(cx, &all)));
        if (flaws) {
            SAY("seed %u", begun);
            return;
        }
        seed = begun;
    }
}

/* --- what known words become --- */

#define L "\r\n"

TEST(captions_end_with_sentences_and_lines_are_even)
{
    struct transcript_view t = dialogue(cx);

    CHECK_TEXT(text_of(cx, export_srt(cx, &t, &all_of_it)),
        "1" L "00:00:00,500 --> 00:00:03,500" L "A: Bonjour Madame, comment allez-vous" L "depuis votre sortie de l'hôpital ?" L L
        "2" L "00:00:04,000 --> 00:00:06,400" L "A: Avez-vous encore des douleurs," L "surtout la nuit ?" L L
        "3" L "00:00:07,500 --> 00:00:08,700" L "B: Ça va mieux, merci." L L
        "4" L "00:00:09,200 --> 00:00:13,100" L "B: J'ai encore un peu mal au genou" L "<gauche> & je dors assez mal," L L
        "5" L "00:00:13,100 --> 00:00:14,900" L "B: mais je marche tous les jours." L L
        "6" L "00:00:16,000 --> 00:00:17,000" L "A: Très bien." L L);
    CHECK_HAS(text_of(cx, export_srt(cx, &t, &(struct export_look){ .speakers = false })), "3,500" L "Bonjour Madame, comment allez-vous" L);
}

TEST(webvtt_names_its_voices_and_escapes)
{
    struct transcript_view t = dialogue(cx);
    const char *vtt = text_of(cx, export_vtt(cx, &t, &all_of_it));

    CHECK(text_starts(vtt, "WEBVTT\n\n1\n00:00:00.500 --> 00:00:03.500\n<v A>Bonjour Madame, comment allez-vous\ndepuis votre sortie de l'hôpital ?\n\n2\n"));
    CHECK_HAS(vtt, "\n\n4\n00:00:09.200 --> 00:00:13.100\n<v B>J'ai encore un peu mal au genou\n&lt;gauche&gt; &amp; je dors assez mal,\n\n");
}

TEST(an_arrow_that_was_said_is_no_time)
{
    struct transcript_view t = spoken(cx, "a --> b 00:00:01,000 --> 00:00:02,000 c-->", NULL, 1);

    CHECK_TEXT(text_of(cx, export_srt(cx, &t, &all_of_it)), "1" L "00:00:01,000 --> 00:00:03,100" L "a -> b 00:00:01,000 -> 00:00:02,000 c->" L L);
    CHECK_HAS(text_of(cx, export_vtt(cx, &t, &all_of_it)), "\na --&gt; b 00:00:01,000 --&gt; 00:00:02,000 c--&gt;\n");
}

TEST(texts_have_paragraphs_speakers_and_escapes)
{
    struct transcript_view t = dialogue(cx);

    CHECK_TEXT(text_of(cx, export_txt(cx, &t, &(struct export_look){ .speakers = true })),
        "Intervenant A : Bonjour Madame, comment allez-vous depuis votre sortie de l'hôpital ? Avez-vous encore des douleurs, surtout la nuit ?\n\n"
        "Intervenant B : Ça va mieux, merci. J'ai encore un peu mal au genou <gauche> & je dors assez mal, mais je marche tous les jours.\n\n"
        "Intervenant A : Très bien.\n");
    const char *english = text_of(cx, export_txt(cx, &t, &(struct export_look){ .timestamps = true, .speakers = true, .english = true }));
    CHECK(text_starts(english, "[00:00:00] Speaker A: Bonjour Madame,"));
    const char *md = text_of(cx, export_md(cx, &t, &all_of_it));
    CHECK(text_starts(md, "# Suivi \\*J+3\\* : Mme Ba\n\n| | |\n|---|---|\n| **Source** | https://www.youtube.com/watch?v=dQw4w9WgXcQ |\n| **Durée** | 17 s |\n"
                          "| **Langue** | français |\n| **Intervenants** | 2 |\n| **Moteur** | assemblyai |\n| **Confiance** | 93 % |\n"
                          "| **Date** | 13 novembre 2025 |\n\n`00:00:00` **Intervenant A :** Bonjour Madame"));
    CHECK_HAS(md, "mal au genou \\<gauche\\> \\& je dors");
    t = (struct transcript_view){ .text = "1. # a\n- b\n\n+c_d_\n", .confidence = REAL_NONE };
    CHECK_TEXT(text_of(cx, export_md(cx, &t, &all_of_it)), "# Transcription\n\n1\\. \\# a\n\n\\- b\n\n\\+c\\_d\\_\n");
}

TEST(json_has_every_word_and_what_is_known)
{
    struct transcript_view t = dialogue(cx);
    struct bytes json = export_json(cx, &t, &all_of_it);
    struct transcript_file back = { .revision = 0 };

    NEED_OK(json_read(cx, json.at, json.n, &transcript_file_shape, &back));
    CHECK_INT(back.words.n, t.words.n);
    CHECK_INT(back.speaker_count, 2);
    CHECK_TEXT(back.text, t.text);
    CHECK_TEXT(back.words.at[1].speaker, "A");
    t.confidence = REAL_NONE, t.words.n = 0;
    CHECK_HAS(text_of(cx, export_json(cx, &t, &all_of_it)), "\"confidence\":null,\"speaker_count\":null");
}

/* --- words and the marks around them --- */

TEST(words_without_marks_get_those_of_the_text)
{
    struct word words[] = { said("oui", 0, 1, NULL), said("C", 1, 2, NULL), said("est", 2, 3, NULL), said("bien", 3, 4, NULL), said("non", 4, 5, NULL), said("12", 5, 6, NULL) };
    struct transcript_view t = { .text = "« Oui ! C'est (bien)... non - 12 %. »", .words = { words, COUNT(words) } };
    static const char *const want[] = { "« Oui !", "C'", "est", "(bien)...", "non", "- 12 %. »" };
    struct speech s = speech_of(cx, &t);

    for (size_t i = 0; i < COUNT(want); i++)
        CHECK_TEXT(arena_text(cx->arena, s.spoken.at[i].text, s.spoken.at[i].n), want[i]);
    CHECK(s.spoken.at[2].joined && !s.spoken.at[1].joined && !s.spoken.at[3].joined);
    CHECK(s.spoken.at[0].ends_sentence && !s.spoken.at[3].ends_sentence && s.spoken.at[5].ends_sentence);
    t.text = "Oui, c'est mieux non 12";              /* it says something else: the words stay as they were heard */
    CHECK_TEXT(speech_of(cx, &t).spoken.at[0].text, "oui");
}

TEST(scripts_without_spaces_get_none)
{
    struct word words[] = { said("今日", 0, 1, NULL), said("は", 1, 2, NULL), said("Palabre", 2, 3, NULL), said("です。", 3, 4, NULL) };
    struct transcript_view t = { .words = { words, COUNT(words) } };

    CHECK_TEXT(text_of(cx, export_txt(cx, &t, &(struct export_look){ .speakers = true })), "今日は Palabre です。\n");
}

TEST(initials_and_titles_end_no_sentence)
{
    static const char *const ends[] = { "fin.", "fin?", "fin.»", "fin…\"", "好。", "x.)" }, *const not[] = { "M.", "Dr.", "J.", "fin,", "fin", "12,5" };
    struct transcript_view t = { .words = { NEW(cx, struct word), 1 } };

    for (size_t i = 0; i < COUNT(ends); i++) {
        t.words.at[0] = said(ends[i], 0, 1, NULL);
        if (!speech_of(cx, &t).spoken.at[0].ends_sentence)
            SAY("%s", ends[i]);
        t.words.at[0] = said(not[i], 0, 1, NULL);
        if (speech_of(cx, &t).spoken.at[0].ends_sentence)
            SAY("%s", not[i]);
    }
}

/* --- times are those of the engine, or none --- */

TEST(segments_keep_the_times_they_came_with)
{
    struct segment segments[] = { { .text = "Un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept.", .start = 1, .end = 13.25 },
                                  { .text = " \n", .start = 13, .end = 14 }, { .text = "Fin.", .start = 13.25, .end = 13.5 } };
    struct transcript_view t = { .segments = { segments, COUNT(segments) }, .text = "Autre." };

    CHECK_TEXT(text_of(cx, export_srt(cx, &t, &all_of_it)),
        "1" L "00:00:01,000 --> 00:00:13,250" L "Un deux trois quatre cinq six sept huit" L "neuf dix onze douze treize quatorze quinze" L "seize dix-sept." L L
        "2" L "00:00:13,250 --> 00:00:14,250" L "Fin." L L);
}

TEST(without_times_there_are_no_captions)
{
    struct transcript_view t = { .text = "Un.\n\nDeux." };

    CHECK(!export_srt(cx, &t, &all_of_it).at && !export_vtt(cx, &t, &all_of_it).at);
    CHECK_TEXT(text_of(cx, export_txt(cx, &t, &all_of_it)), "Un.\n\nDeux.\n");
    t.duration_seconds = 90, t.segments.at = &(struct segment){ .text = t.text, .start = 0, .end = 90 }, t.segments.n = 1;
    CHECK(!export_srt(cx, &t, &all_of_it).at);      /* the whole is no caption */
    CHECK_TEXT(text_of(cx, export_txt(cx, &t, &all_of_it)), "Un.\n\nDeux.\n");
    t = (struct transcript_view){ .text = NULL };
    CHECK_TEXT(text_of(cx, export_txt(cx, &t, &all_of_it)), "");
}

TEST(nothing_said_is_an_empty_file)
{
    struct word words[] = { said(" ", 0, 1, NULL) };
    struct transcript_view t = { .words = { words, 1 } };

    CHECK_TEXT(text_of(cx, export_srt(cx, &t, &all_of_it)), "");
    CHECK_TEXT(text_of(cx, export_vtt(cx, &t, &all_of_it)), "WEBVTT\n");
}

/* --- another program reads them --- */

static void keep(const char *dir, const char *name, struct bytes file)
{
    char path[256];

    CHECK(snprintf(path, sizeof(path), "%s/%s", dir, name) > 0);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, file.at, file.n) == (ssize_t)file.n);
    close(fd);
}

/* Start and duration of each caption in seconds, as ffprobe reads them, a line each. */
static const char *probed(struct ctx *cx, const char *name, struct bytes file)
{
    struct child_end end = { .status = 0 };
    const char *dir;

    CHECK_OK(blob_workdir(cx, &dir));
    keep(dir, name, file);
    err_t e = child_run(cx, &(struct child_ask){ .argv = WORDS("ffprobe", "-v", "error", "-show_entries", "packet=pts_time,duration_time", "-of", "default=nw=1:nk=1", name), .dir = dir }, &end);
    if (e)
        skip("no ffprobe");
    CHECK_INT(end.status, 0);
    if (end.complaint.n)
        SAY("ffprobe: %.*s", (int)end.complaint.n, end.complaint.at);
    return arena_text(cx->arena, end.output.at, end.output.n);
}

TEST(ffmpeg_reads_the_same_times_from_both)
{
    static const char want[] = "0.500000\n3.000000\n4.000000\n2.400000\n7.500000\n1.200000\n9.200000\n3.900000\n13.100000\n1.800000\n16.000000\n1.000000\n";
    struct transcript_view t = dialogue(cx);

    CHECK_TEXT(probed(cx, "t.srt", export_srt(cx, &t, &all_of_it)), want);
    CHECK_TEXT(probed(cx, "t.vtt", export_vtt(cx, &t, &all_of_it)), want);
}

static int lines_of(const char *text)
{
    int n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

TEST(ffmpeg_reads_every_caption_of_any_words)
{
    for (seed = 4; seed < 24; seed += 4) {
        uint32_t begun = seed;
        struct transcript_view t = any_transcript(cx);
        struct speech s = speech_of(cx, &t);
        struct captions all = captions_cut(cx, &s, true);
        if (all.captions.n) {
            CHECK_INT(lines_of(probed(cx, "t.srt", export_srt(cx, &t, &all_of_it))), 2 * all.captions.n);
            CHECK_INT(lines_of(probed(cx, "t.vtt", export_vtt(cx, &t, &all_of_it))), 2 * all.captions.n);
        }
        seed = begun;
    }
}

TEST_WITHIN(three_hours_are_cut_at_once, 60)
{
    struct text all = text_new(cx->arena, 1 << 18, 1 << 20);

    for (int i = 0; i < 30000; i++)
        text_fmt(&all, "%s%s", i ? " " : "", i % 17 == 16 ? "mots." : i % 5 ? "paroles" : "de");
    struct transcript_view t = spoken(cx, all.at, NULL, 0);
    CHECK(export_srt(cx, &t, &all_of_it).n > 250000);
    CHECK(export_txt(cx, &t, &all_of_it).n > 180000);
}
