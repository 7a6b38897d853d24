/* Captions: which are taken, what they say, and the way to them with the real yt-dlp. */
#include "captions.h"
#include "handler.h"
#include "test_site.h"
#include "data/json.h"

#include <math.h>

/* --- what they say --- */

static bool read(struct ctx *cx, const char *file, struct captions *out) { return vtt_read(cx, (struct bytes){ file, strlen(file) }, out); }

TEST(cues_are_read_without_tags_and_entities)
{
    struct captions c;

    CHECK(read(cx, "\xef\xbb\xbfWEBVTT - talk\r\nKind: captions\r\n\r\nNOTE nobody reads this\r\n\r\n1\r\n00:01.500 --> 00:03.000 align:start\r\n<v Éa>Le pont</v> est\r\n"
                   "  ferm&eacute; &amp; <c.red>loin</c>\r\n\r\n01:00:00.000 --> 01:00:02.250\r\nMerci.", &c));
    CHECK_INT(c.cues.n, 2);
    CHECK_TEXT(c.cues.at[0].text, "Le pont est ferm&eacute; & loin");
    CHECK(c.cues.at[0].start_s == 1.5 && c.cues.at[0].end_s == 3);
    CHECK_TEXT(c.cues.at[1].text, "Merci.");
    CHECK(c.cues.at[1].start_s == 3600 && c.cues.at[1].end_s == 3602.25);
}

/* As YouTube's machine writes them: each line comes twice, and for a moment alone. */
TEST(lines_that_roll_up_are_said_once)
{
    struct captions c;

    CHECK(read(cx, "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n \nhello<00:00:00.500><c> world</c>\n\n00:00:02.000 --> 00:00:02.010\nhello world\n \n\n"
                   "00:00:02.010 --> 00:00:04.000\nhello world\nagain<00:00:03.000><c> and again</c>\n", &c));
    CHECK_INT(c.cues.n, 2);
    CHECK_TEXT(c.cues.at[0].text, "hello world");
    CHECK_TEXT(c.cues.at[1].text, "again and again");
}

TEST(what_is_no_webvtt_is_none_and_broken_cues_are_passed_over)
{
    static const char *const none[] = { "", "WEBVT", "1\n00:00:01,000 --> 00:00:02,000\nSubRip\n", "<html>", "WEBVTT \xff\n" };
    static const char *const empty[] = { "WEBVTT", "WEBVTT\n\n00:01.000 -> 00:02.000\na\n", "WEBVTT\n\n00:02.000 --> 00:01.000\na\n", "WEBVTT\n\n99999999999:01.000 --> 1:00.000\na\n",
                                         "WEBVTT\n\n00:01 --> 00:02\na\n", "WEBVTT\n\n00:01.000 --> 00:02.000\n<b></b>\n", "WEBVTT\n\n00:01.000 --> 00:02.000\n&nbsp;\t\n" };
    struct captions c;

    for (size_t i = 0; i < COUNT(none); i++)
        CHECK(!read(cx, none[i], &c));
    for (size_t i = 0; i < COUNT(empty); i++) {
        CHECK(read(cx, empty[i], &c));
        CHECK_INT(c.cues.n, 0);
    }
}

TEST(a_line_without_an_end_is_cut_at_a_character)
{
    struct text file = text_new(cx->arena, 32768, 32768);
    struct captions c;

    text_put(&file, "WEBVTT\n\n00:01.000 --> 00:02.000\nx");
    for (int i = 0; i < 10000; i++)
        text_put(&file, "é");
    CHECK(read(cx, file.at, &c));
    CHECK_INT(c.cues.n, 1);
    CHECK(strlen(c.cues.at[0].text) > 4000 && strlen(c.cues.at[0].text) <= 4096 && text_is_utf8(c.cues.at[0].text, strlen(c.cues.at[0].text)));
}

/* --- which --- */

static const char *taken(struct ctx *cx, const char *video, const char *language)
{
    struct site_video v = { .id = NULL };
    struct track t;

    CHECK_OK(json_read(cx, video, strlen(video), &site_video_shape, &v));
    return track_find(cx, &v, language, &t) ? arena_fmt(cx->arena, "%s %s %s", t.language, t.manual ? "manual" : "automatic", t.url) : "none";
}

TEST(a_persons_captions_go_before_a_machines_and_translations_are_none)
{
    static const char video[] = "{\"language\":\"de\",\"subtitles\":{\"live_chat\":[{\"ext\":\"json\",\"url\":\"u0\"}],\"it\":[{\"ext\":\"vtt\",\"url\":\"u1\"}],"
                                "\"en-GB\":[{\"ext\":\"srv1\",\"url\":\"u2\"},{\"ext\":\"vtt\",\"url\":\"u3\"}]},"
                                "\"automatic_captions\":{\"fr\":[{\"ext\":\"vtt\",\"url\":\"u4\"}],\"de-orig\":[{\"ext\":\"vtt\",\"url\":\"u5\"}],\"de\":[{\"ext\":\"vtt\",\"url\":\"u6\"}]}}";

    CHECK_TEXT(taken(cx, video, NULL), "en-GB manual u3");
    CHECK_TEXT(taken(cx, video, "it"), "it manual u1");
    CHECK_TEXT(taken(cx, video, "en"), "en-GB manual u3");
    CHECK_TEXT(taken(cx, video, "de-CH"), "de automatic u5");
    CHECK_TEXT(taken(cx, video, "fr"), "none");
    CHECK_TEXT(taken(cx, "{\"subtitles\":{\"ln\":[{\"ext\":\"vtt\",\"url\":\"u\"}]}}", NULL), "ln manual u");
    CHECK_TEXT(taken(cx, "{\"language\":\"fr\",\"automatic_captions\":{\"fr\":[{\"ext\":\"vtt\",\"url\":\"u\"}]}}", NULL), "fr automatic u");
    CHECK_TEXT(taken(cx, "{\"automatic_captions\":{\"fr\":[{\"ext\":\"vtt\",\"url\":\"u\"}]}}", NULL), "none");
    CHECK_TEXT(taken(cx, "{\"subtitles\":{\"fr\":[{\"ext\":\"json3\",\"url\":\"u\"}]}}", "fr"), "none");
    CHECK_TEXT(taken(cx, "{}", NULL), "none");
}

/* --- from a site --- */

static err_t captions_of(struct ctx *cx, const struct site *s, const char *page, const char *language, struct audio_captioned *out)
{
    struct audio_captions in = { .url = site_at(cx, s, page), .language = language };

    *out = (struct audio_captioned){ .title = NULL };
    return audio_captions.run(cx, &in, out);
}

TEST_WITHIN(the_captions_of_a_page_are_fetched_and_its_video_is_not, 120)
{
    struct site *s = site_start(cx);
    struct audio_captioned got;

    site_talk(cx, s);
    site_put(cx, s, "fr.vtt", "WEBVTT\n\n00:00.000 --> 00:02.000\nBonjour à tous.\n");
    site_put(cx, s, "page.html", "<html><head><title>Séance</title></head><body><video src=\"/talk.mp4\"><track kind=\"subtitles\" srclang=\"fr\" src=\"/fr.vtt\">"
                                 "<track kind=\"subtitles\" srclang=\"en\" src=\"/en.vtt\"><track kind=\"subtitles\" srclang=\"de\" src=\"%s/de.vtt\"></video></body></html>");
    NEED_OK(captions_of(cx, s, "/page.html", NULL, &got));
    CHECK_HAS(got.title, "Séance");
    CHECK_TEXT(got.language, "fr");
    CHECK(got.manual && isnan(got.duration_s));
    CHECK_INT(got.captions.n, 1);
    CHECK_TEXT(got.captions.at[0].text, "Bonjour à tous.");
    CHECK_INT(site_count(cx, s, "200 /talk.mp4"), 0);

    CHECK_FAILS(captions_of(cx, s, "/page.html", "en", &got), CAPTIONS_ABSENT);     /* the page names them, and they are not there */
    CHECK_FAILS(captions_of(cx, s, "/page.html", "it", &got), CAPTIONS_ABSENT);
    CHECK_FAILS(captions_of(cx, s, "/page.html", "de", &got), EGRESS_REFUSED);
    CHECK_INT(site_count(cx, s, "/de.vtt"), 0);
}
